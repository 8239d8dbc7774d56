-- How many slots are in use. KEYS[1] the slots of an owner; ARGV[1] now in microseconds, '' for the
-- clock of this server.
local nowUs = ARGV[1]
if nowUs == '' then
  local time = redis.call('TIME')
  nowUs = string.format('%.0f', time[1] * 1000000 + time[2])
end
return redis.call('ZCOUNT', KEYS[1], '(' .. nowUs, '+inf')
