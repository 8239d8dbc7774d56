-- Puts a note on the board if it still is what the writer has seen.
-- KEYS[1] notes, KEYS[2] their versions, KEYS[3] the newest version. ARGV[1] the note's name; ARGV[2]
-- whether there was one, ARGV[3] its text; ARGV[4] whether there shall be one, ARGV[5] its text;
-- ARGV[6] how many notes there may be; ARGV[7] the channel that tells of it.
-- Answers {version}, or {0, whether there is one, its text}, or {-1} where there are too many.
local current = redis.call('HGET', KEYS[1], ARGV[1])
local seen = ARGV[2] == '1' and ARGV[3] or false
if current ~= seen then return { 0, current and 1 or 0, current or '' } end
if not current and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[6]) then return { -1 } end

-- A server whose memory is full lets a script go on that has begun to take out: a key has to be revoked there, too.
redis.call('HDEL', KEYS[1], '')
local version = redis.call('INCR', KEYS[3])
if ARGV[4] == '1' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[5])
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
redis.call('ZADD', KEYS[2], version, ARGV[1])
redis.call('PUBLISH', ARGV[7], version)
return { version }
