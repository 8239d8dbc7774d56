-- Undoes what a 'try' of take.lua has taken, as if it had not been; does nothing the second time.
-- KEYS[1] the lease; KEYS[1 + i] what the i-th claim is counted in. ARGV[1] lease id; ARGV[2] JSON: kind and
-- three figures of each claim.
local text = redis.call('HGET', KEYS[1], 'marks')
if not text then return 0 end
local marks = cjson.decode(text)
local claims = cjson.decode(ARGV[2])

-- A sum that is gone ended with its period; none goes below zero.
local function lower(key, amount)
  local sum = tonumber(redis.call('GET', key) or 0)
  if sum > 0 then redis.call('DECRBY', key, string.format('%.0f', math.min(sum, amount))) end
end

local function lowerOne(key)
  lower(key, 1)
end

local function remove(key, _, mark)
  redis.call('LREM', key, 1, mark)
end

local kinds = {
  rate = remove,
  callee = remove,
  window = function(key, _, part)
    if redis.call('HEXISTS', key, part) == 1 and redis.call('HINCRBY', key, part, -1) <= 0 then
      redis.call('HDEL', key, part)
    end
  end,
  concurrency = function(key)
    redis.call('ZREM', key, ARGV[1])
  end,
  period = lowerOne,
  use = lowerOne,
  budget = function(key, figures)
    lower(key, claims[figures + 1])
  end,
}

for at = 1, #claims / 4 do
  local figures = 4 * at - 2
  kinds[claims[figures - 1]](KEYS[at + 1], figures, marks[at])
end
redis.call('DEL', KEYS[1])
return 1
