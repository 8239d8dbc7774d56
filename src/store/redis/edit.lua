-- Changes several notes of the board, or none where one is no longer what the writer has seen.
-- KEYS[1] notes, KEYS[2] their versions, KEYS[3] the newest version. ARGV[1] how many notes there may
-- be; ARGV[2] the channel that tells of it; then for each note five: its name; whether there was one
-- (-1: whatever there is), its text; whether there shall be one, its text.
-- Answers 1, or 0 where one has changed, or -1 where there would be too many.
local fresh = 0
for at = 3, #ARGV, 5 do
  local current = redis.call('HGET', KEYS[1], ARGV[at])
  if ARGV[at + 1] ~= '-1' then
    local seen = ARGV[at + 1] == '1' and ARGV[at + 2] or false
    if current ~= seen then return 0 end
  end
  if not current then fresh = fresh + 1 end
end
if redis.call('ZCARD', KEYS[2]) + fresh > tonumber(ARGV[1]) then return -1 end

-- A server whose memory is full lets a script go on that has begun to take out: a key has to be revoked there, too.
redis.call('HDEL', KEYS[1], '')
local version
for at = 3, #ARGV, 5 do
  version = redis.call('INCR', KEYS[3])
  if ARGV[at + 3] == '1' then
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 4])
  else
    redis.call('HDEL', KEYS[1], ARGV[at])
  end
  redis.call('ZADD', KEYS[2], version, ARGV[at])
end
redis.call('PUBLISH', ARGV[2], version)
return 1
