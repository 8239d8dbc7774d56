-- Gives back what a part of a call holds; does nothing the second time.
-- KEYS[1] the lease; then the slots of its owners, then its budgets. ARGV[1] lease id; ARGV[2] how many
-- owners; ARGV[3] what the call has cost, micros: the rest of the money reserved comes back.
local owners = tonumber(ARGV[2])
for at = 2, 1 + owners do redis.call('ZREM', KEYS[at], ARGV[1]) end

local reserved = redis.call('HGET', KEYS[1], 'reserved')
if not reserved then return 0 end
local change = tonumber(ARGV[3]) - tonumber(reserved)
for at = 2 + owners, #KEYS do
  -- A sum that is gone ended with its period: there is nothing to give back to.
  local spent = redis.call('GET', KEYS[at])
  if spent then
    redis.call('INCRBY', KEYS[at], string.format('%.0f', math.max(change, -tonumber(spent))))
  end
end
redis.call('DEL', KEYS[1])
return 1
