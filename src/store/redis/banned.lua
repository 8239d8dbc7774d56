-- The set of banned addresses and, beside it, when each of them ends (milliseconds).
-- KEYS: set, ends. ARGV: now, most addresses; then, to ban one: address, end.
local set, ends = KEYS[1], KEYS[2]
local now, most = tonumber(ARGV[1]), tonumber(ARGV[2])
-- A day, the longest that can be set, and a minute that clocks of gates may differ by.
local longestMs = 86460000
if ARGV[3] then
  redis.call('ZADD', ends, ARGV[4], ARGV[3])
  redis.call('SADD', set, ARGV[3])
end
local function drop(gone)
  for _, address in ipairs(gone) do
    redis.call('SREM', set, address)
    redis.call('ZREM', ends, address)
  end
end
drop(redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, 1000))
-- One that ends later was given by a clock that was wrong: nobody would be rid of it for years.
drop(redis.call('ZRANGEBYSCORE', ends, '(' .. string.format('%.0f', now + longestMs), '+inf', 'LIMIT', 0, 1000))
local over = redis.call('ZCARD', ends) - most
if over > 0 then
  drop(redis.call('ZRANGE', ends, 0, math.min(over, 1000) - 1))
end
