-- Counts the slots of a lease that had lapsed while its call went on, above the limit if need be.
-- KEYS[1] the lease; then the slots of its owners, then its budgets. ARGV[1] now in microseconds, ''
-- for the clock of this server; ARGV[2] lease, ms; ARGV[3] lease id; ARGV[4] how many owners;
-- ARGV[5] the money it has reserved, counted again only where this server has lost it.
local nowUs = tonumber(ARGV[1])
if not nowUs then
  local time = redis.call('TIME')
  nowUs = time[1] * 1000000 + time[2]
end
local leaseMs, owners = tonumber(ARGV[2]), tonumber(ARGV[4])
local untilUs = string.format('%.0f', nowUs + leaseMs * 1000)
local keptMs = string.format('%.0f', leaseMs + 86400000)

for at = 2, 1 + owners do
  redis.call('ZADD', KEYS[at], untilUs, ARGV[3])
  redis.call('PEXPIRE', KEYS[at], keptMs)
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  for at = 2 + owners, #KEYS do
    redis.call('INCRBY', KEYS[at], ARGV[5])
    redis.call('PEXPIRE', KEYS[at], 31 * 86400000)
  end
  redis.call('HSET', KEYS[1], 'reserved', ARGV[5])
end
redis.call('HSET', KEYS[1], 'until', untilUs)
redis.call('PEXPIRE', KEYS[1], keptMs)
return 1
