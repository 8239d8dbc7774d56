-- Reserves more money for a call, on all of its budgets or on none.
-- KEYS[1] the lease; KEYS[1 + i] the i-th budget. ARGV[1] now in microseconds, '' for the clock of this
-- server; ARGV[2] micros to add; then for each budget its cap and the end of its period, ms.
-- Answers {1}; {0, number of the budget, ms until its period ends}; or {-1} where there is no lease.
local nowUs = tonumber(ARGV[1])
if not nowUs then
  local time = redis.call('TIME')
  nowUs = time[1] * 1000000 + time[2]
end
local add = tonumber(ARGV[2])

if redis.call('EXISTS', KEYS[1]) == 0 then return { -1 } end
for at = 2, #KEYS do
  local capMicros, endsAtMs = tonumber(ARGV[2 * at - 1]), tonumber(ARGV[2 * at])
  if tonumber(redis.call('GET', KEYS[at]) or 0) + add > capMicros then
    return { 0, at - 1, string.format('%.3f', math.max(1, endsAtMs - nowUs / 1000)) }
  end
end
for at = 2, #KEYS do
  -- A sum that had ended with its period begins at nothing, and is not to stay for ever.
  if redis.call('INCRBY', KEYS[at], ARGV[2]) == add then
    local keptMs = math.max(0, tonumber(ARGV[2 * at]) - nowUs / 1000) + 2 * 86400000
    redis.call('PEXPIRE', KEYS[at], string.format('%.0f', keptMs))
  end
end
redis.call('HINCRBY', KEYS[1], 'reserved', ARGV[2])
return { 1 }
