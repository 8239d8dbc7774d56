-- Pushes out the expiry of leases on slots. All keys have one hash tag.
-- KEYS the slots of owners; ARGV[1] now in microseconds, '' for the clock of this server; ARGV[2]
-- lease, ms; then for each lease its id, how many owners it has, and their numbers among KEYS.
-- Answers the ids of leases that had lapsed; nothing is changed for those.
local nowUs = tonumber(ARGV[1])
if not nowUs then
  local time = redis.call('TIME')
  nowUs = time[1] * 1000000 + time[2]
end
local untilUs = string.format('%.0f', nowUs + ARGV[2] * 1000)

local function holds(key, id)
  local score = redis.call('ZSCORE', key, id)
  return score and tonumber(score) > nowUs
end

local lapsed = {}
local at = 3
while at <= #ARGV do
  local id, owners = ARGV[at], tonumber(ARGV[at + 1])
  local whole = true
  for owner = 1, owners do
    whole = whole and holds(KEYS[tonumber(ARGV[at + 1 + owner])], id)
  end
  if whole then
    for owner = 1, owners do
      redis.call('ZADD', KEYS[tonumber(ARGV[at + 1 + owner])], untilUs, id)
    end
  else
    lapsed[#lapsed + 1] = id
  end
  at = at + 2 + owners
end
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, string.format('%.0f', ARGV[2] + 86400000))
end
return lapsed
