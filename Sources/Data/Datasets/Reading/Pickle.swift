import Tensors
import Wording

/// A safe reader of Python pickles that contain data only: numbers, strings, lists, dictionaries and numpy
/// arrays.
///
/// A pickle is a program that can call anything. This reader interprets the few opcodes that data files use,
/// and calls nothing: it knows how numpy arrays and types are constructed, and refuses everything else by
/// name. Values are kept in one list and refer to others by index, so that sharing and cycles need no extra
/// memory.
///
/// - SeeAlso: Python's `pickletools`, which documents each opcode; protocols 2 to 5.
struct Pickle {
  /// An index into `values`.
  typealias Reference = Int

  enum Value {
    case none
    case truth(Bool)
    case integer(Int)
    case real(Double)
    /// Bytes of the file.
    case bytes(Range<Int>)
    /// UTF-8 in the file.
    case text(Range<Int>)
    /// Bytes encoded as text, each as a Latin-1 character.
    case latin1(Range<Int>)
    case tuple([Reference])
    case list([Reference])
    /// Keys and values, alternating.
    case dictionary([Reference])
    /// A Python name to import.
    case name(String)
    case type(String)
    case array(Array)
  }

  struct Array {
    let shape: Reference
    let type: Reference
    let isFortran: Bool
    let content: Reference
  }

  let file: [UInt8]
  let path: String
  private(set) var values: [Value] = []
  /// The root value.
  private(set) var root: Reference = 0

  private var stack: [Reference] = []
  /// The positions of marks in the stack.
  private var marks: [Int] = []
  private var memo: [Int: Reference] = [:]
  private var at = 0

  /// - Throws: `DatasetError` (`.unusable`) for a damaged file, and for anything but data.
  init(_ file: [UInt8], path: String) throws(DatasetError) {
    (self.file, self.path) = (file, path)
    guard file.count > 2, file[0] == 0x80, (2...5).contains(file[1]) else {
      throw failure("this is no pickle of protocol 2 or later")
    }
    while true {
      let instruction = try byte()
      if instruction == UInt8(ascii: ".") { break }
      try run(instruction)
    }
    root = try pop()
  }

  private func failure(_ reason: String) -> DatasetError {
    DatasetError(.unusable, path: path, "\(reason) (at byte \(at.grouped) of the pickle)")
  }

  // MARK: The file

  private mutating func byte() throws(DatasetError) -> UInt8 {
    guard at < file.count else { throw failure("the file ends too early") }
    at += 1
    return file[at - 1]
  }

  private mutating func range(_ count: Int) throws(DatasetError) -> Range<Int> {
    guard count >= 0, count <= file.count - at else { throw failure("the file ends too early") }
    at += count
    return at - count..<at
  }

  /// An unsigned little-endian number.
  private mutating func number(_ count: Int) throws(DatasetError) -> Int {
    let bytes = file[try range(count)]
    let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let number = Int(exactly: bits) else { throw failure("the file is damaged") }
    return number
  }

  private mutating func line() throws(DatasetError) -> String {
    guard let end = file[at...].firstIndex(of: 0x0A) else { throw failure("the file ends too early") }
    defer { at = end + 1 }
    return String(decoding: file[at..<end], as: UTF8.self)
  }

  // MARK: The stack

  private mutating func push(_ value: Value) {
    stack.append(values.count)
    values.append(value)
  }

  private mutating func pop() throws(DatasetError) -> Reference {
    guard let top = stack.popLast(), stack.count >= marks.last ?? 0 else {
      throw failure("the file is damaged")
    }
    return top
  }

  /// Pops everything above the last mark.
  private mutating func popToMark() throws(DatasetError) -> [Reference] {
    guard let mark = marks.popLast(), mark <= stack.count else { throw failure("the file is damaged") }
    defer { stack.removeSubrange(mark...) }
    return [Reference](stack[mark...])
  }

  private func top() throws(DatasetError) -> Reference {
    guard let top = stack.last, stack.count > marks.last ?? 0 else { throw failure("the file is damaged") }
    return top
  }

  private mutating func pushTuple(_ count: Int) throws(DatasetError) {
    var items: [Reference] = []
    for _ in 0..<count { items.append(try pop()) }
    push(.tuple(items.reversed()))
  }

  private mutating func append(_ items: [Reference]) throws(DatasetError) {
    let target = try top()
    guard case .list(var list) = values[target] else { throw failure("the file is damaged") }
    // Released first, to avoid a copy on write.
    values[target] = .none
    list += items
    values[target] = .list(list)
  }

  private mutating func set(_ items: [Reference]) throws(DatasetError) {
    let target = try top()
    guard case .dictionary(var dictionary) = values[target], items.count % 2 == 0 else {
      throw failure("the file is damaged")
    }
    values[target] = .none
    dictionary += items
    values[target] = .dictionary(dictionary)
  }

  // MARK: Instructions

  private mutating func run(_ instruction: UInt8) throws(DatasetError) {
    switch instruction {
    case 0x80: _ = try byte()  // PROTO
    case 0x95: _ = try range(8)  // FRAME
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "N"): push(.none)
    case 0x88, 0x89: push(.truth(instruction == 0x88))
    case UInt8(ascii: "K"): push(.integer(try number(1)))
    case UInt8(ascii: "M"): push(.integer(try number(2)))
    case UInt8(ascii: "J"): push(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
    case 0x8A: try pushLong(count: try number(1))
    case 0x8B: try pushLong(count: try number(4))
    case UInt8(ascii: "G"):
      push(.real(Double(bitPattern: file[try range(8)].reduce(0) { $0 << 8 | UInt64($1) })))
    case UInt8(ascii: "U"), UInt8(ascii: "C"): push(.bytes(try range(try number(1))))
    case UInt8(ascii: "T"), UInt8(ascii: "B"): push(.bytes(try range(try number(4))))
    case 0x8E, 0x96: push(.bytes(try range(try number(8))))
    case 0x98: break  // READONLY_BUFFER
    case 0x8C: push(.text(try range(try number(1))))
    case UInt8(ascii: "X"): push(.text(try range(try number(4))))
    case 0x8D: push(.text(try range(try number(8))))
    case UInt8(ascii: ")"): push(.tuple([]))
    case 0x85, 0x86, 0x87: try pushTuple(Int(instruction) - 0x84)
    case UInt8(ascii: "t"): push(.tuple(try popToMark()))
    case UInt8(ascii: "]"): push(.list([]))
    case UInt8(ascii: "l"): push(.list(try popToMark()))
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "}"): push(.dictionary([]))
    case UInt8(ascii: "s"):
      let value = try pop()
      try set([try pop(), value])
    case UInt8(ascii: "u"): try set(try popToMark())
    case UInt8(ascii: "q"): memo[try number(1)] = try top()
    case UInt8(ascii: "r"): memo[try number(4)] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try recall(try number(1))
    case UInt8(ascii: "j"): try recall(try number(4))
    case UInt8(ascii: "c"):
      let module = try line()
      push(.name("\(module).\(try line())"))
    case 0x93:
      let name = try text(of: try pop())
      push(.name("\(try text(of: try pop())).\(name)"))
    case UInt8(ascii: "R"): try call()
    case UInt8(ascii: "b"): try build()
    default:
      let code = String(instruction, radix: 16, uppercase: true)
      throw failure("it has the instruction 0x\(code), which data does not need")
    }
  }

  private mutating func recall(_ key: Int) throws(DatasetError) {
    guard let value = memo[key] else { throw failure("the file is damaged") }
    stack.append(value)
  }

  private mutating func pushLong(count: Int) throws(DatasetError) {
    guard count <= 8 else { throw failure("it has a number of \(count) bytes") }
    let bytes = file[try range(count)]
    let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let shift = Int64(64 - 8 * count)
    push(.integer(count == 0 ? 0 : Int(Int64(bitPattern: bits << UInt64(shift)) >> shift)))
  }

  /// Calls of functions: those that construct numpy arrays, and the encoding of bytes in older protocols.
  private mutating func call() throws(DatasetError) {
    let (arguments, function) = (try pop(), try pop())
    guard case .tuple(let items) = values[arguments], case .name(let name) = values[function] else {
      throw failure("the file is damaged")
    }
    let isNumPy = name.hasPrefix("numpy.")
    switch name.split(separator: ".").last ?? "" {
    case "_reconstruct" where isNumPy && name.contains("multiarray"):
      // Its content follows with BUILD.
      push(.array(Array(shape: 0, type: 0, isFortran: false, content: -1)))
    case "_frombuffer" where isNumPy && items.count == 4:
      let order = try text(of: items[3])
      push(.array(Array(shape: items[2], type: items[1], isFortran: order == "F", content: items[0])))
    case "dtype" where isNumPy && !items.isEmpty:
      let type = try text(of: items[0])
      push(.type(type.count == 2 ? "|" + type : type))
    case "encode" where name == "_codecs.encode" && items.count == 2:
      guard case .text(let letters) = values[items[0]], try text(of: items[1]).hasPrefix("latin") else {
        throw failure("it has bytes in a code that is not read")
      }
      push(.latin1(letters))
    case "bytes" where items.isEmpty && (name == "builtins.bytes" || name == "__builtin__.bytes"):
      push(.bytes(0..<0))
    default: throw failure("it asks for \(name.prefix(80)), which is no data, and is not called")
    }
  }

  /// Sets the state of an array or type, after its construction.
  private mutating func build() throws(DatasetError) {
    let (state, target) = (try pop(), try top())
    guard case .tuple(let items) = values[state] else { throw failure("the file is damaged") }
    switch values[target] {
    case .array where items.count >= 5:
      guard case .truth(let isFortran) = values[items[3]] else { throw failure("the file is damaged") }
      values[target] = .array(
        Array(shape: items[1], type: items[2], isFortran: isFortran, content: items[4]))
    case .type(let type) where items.count >= 2:
      let order = try text(of: items[1])
      guard order.count == 1 else { throw failure("the file is damaged") }
      values[target] = .type(order + type.drop { "|<>=".contains($0) })
    default: throw failure("it changes an object that is no numpy array")
    }
  }
}

extension Pickle {
  /// A short string, of text or bytes.
  func text(of reference: Reference) throws(DatasetError) -> String {
    switch values[reference] {
    case .text(let range) where range.count <= 4096, .bytes(let range) where range.count <= 4096:
      return String(decoding: file[range], as: UTF8.self)
    case .latin1(let range) where range.count <= 4096:
      // The bytes of a UTF-8 string, each encoded as a character.
      let letters = String(decoding: file[range], as: UTF8.self).unicodeScalars
      return String(decoding: letters.map { UInt8(truncatingIfNeeded: $0.value) }, as: UTF8.self)
    default: throw DatasetError(.unusable, path: path, "the pickle has something else where a name should be")
    }
  }

  /// The value of a key in the root dictionary; nil if there is none.
  func value(_ name: String) -> Reference? {
    guard case .dictionary(let items) = values[root] else { return nil }
    for place in stride(from: 0, to: items.count - 1, by: 2) {
      if let key = try? text(of: items[place]), key == name { return items[place + 1] }
    }
    return nil
  }

  /// The keys of the root dictionary.
  var names: [String] {
    guard case .dictionary(let items) = values[root] else { return [] }
    return stride(from: 0, to: items.count, by: 2).compactMap { try? text(of: items[$0]) }
  }

  /// A list or array of integers.
  func integers(_ reference: Reference) throws(DatasetError) -> [Int] {
    switch values[reference] {
    case .list(let items), .tuple(let items):
      var numbers: [Int] = []
      numbers.reserveCapacity(items.count)
      for item in items {
        guard case .integer(let number) = values[item] else {
          throw DatasetError(.unusable, path: path, "the pickle's labels are no whole numbers")
        }
        numbers.append(number)
      }
      return numbers
    case .array: return try array(reference).integers(path: path)
    default: throw DatasetError(.unusable, path: path, "the pickle's labels are no list")
    }
  }

  /// A list of strings.
  func texts(_ reference: Reference) throws(DatasetError) -> [String] {
    guard case .list(let items) = values[reference] else {
      throw DatasetError(.unusable, path: path, "the pickle's names are no list")
    }
    var texts: [String] = []
    for item in items { texts.append(try text(of: item)) }
    return texts
  }

  func array(_ reference: Reference) throws(DatasetError) -> StoredArray {
    guard case .array(let array) = values[reference], array.content >= 0, case .tuple = values[array.shape],
      case .type(let type) = values[array.type]
    else { throw DatasetError(.unusable, path: path, "the pickle's images are no numpy array") }
    let bytes: [UInt8]
    switch values[array.content] {
    case .bytes(let range): bytes = [UInt8](file[range])
    case .latin1(let range):
      var letters: [UInt8] = []
      letters.reserveCapacity(range.count)
      for letter in String(decoding: file[range], as: UTF8.self).unicodeScalars {
        guard letter.value < 256 else {
          throw DatasetError(.unusable, path: path, "the pickle's bytes are no bytes: it is damaged")
        }
        letters.append(UInt8(letter.value))
      }
      bytes = letters
    default: throw DatasetError(.unusable, path: path, "the pickle's array has no bytes")
    }
    guard let element = ElementType(numPy: type) else {
      throw DatasetError(
        .unusable, path: path, "the pickle's numbers are of the type \(type), which is not read")
    }
    return try StoredArray(
      type: element, shape: integers(array.shape), isFortran: array.isFortran, bytes: Bytes(bytes), path: path
    )
  }
}
