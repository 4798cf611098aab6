import Files
import FoundationEssentials

/// A value in `config.json`.
enum ConfigValue: Codable, Hashable, Sendable {
  case null
  case flag(Bool)
  case whole(Int)
  case number(Double)
  case text(String)
  case list([ConfigValue])
  case members([String: ConfigValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let whole = try? container.decode(Int.self) {
      self = .whole(whole)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([ConfigValue].self) {
      self = .list(list)
    } else {
      self = .members(try container.decode([String: ConfigValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .flag(let flag): try container.encode(flag)
    case .whole(let whole): try container.encode(whole)
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .list(let list): try container.encode(list)
    case .members(let members): try container.encode(members)
    }
  }

  /// For sentences.
  var words: String {
    switch self {
    case .null: "null"
    case .flag(let flag): "\(flag)"
    case .whole(let whole): "\(whole)"
    case .number(let number): "\(number)"
    case .text(let text): "'\(text)'"
    case .list: "a list"
    case .members: "an object"
    }
  }
}

/// What a model is, in the words of Hugging Face's transformers: its `config.json`.
///
/// The values come from elsewhere, so each is checked where it is asked for.
struct ModelConfig {
  /// Of the file, for errors.
  let path: String
  let values: [String: ConfigValue]

  /// - Parameter path: where they are, for errors.
  init(_ values: [String: ConfigValue], path: String = "config.json") {
    (self.path, self.values) = (path, values)
  }

  /// - Throws: `ExchangeError` for a file that is missing or no object of JSON.
  init(contentsOf path: String) throws(ExchangeError) {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try DurableFile.read(path) } catch {
      throw ExchangeError(
        "\(error): the folder of a model of Hugging Face's transformers has one beside model.safetensors")
    }
    try self.init(json: bytes, path: path)
  }

  /// - Parameter path: for errors.
  init(json: [UInt8], path: String) throws(ExchangeError) {
    let values: [String: ConfigValue]
    do { values = try JSONDecoder().decode([String: ConfigValue].self, from: Data(json)) } catch {
      throw ExchangeError("\(path): it is no object of JSON")
    }
    self.init(values, path: path)
  }

  /// The bytes of the file.
  var json: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return Array(try encoder.encode(values)) + [0x0A]
    }
  }

  /// Nil for one that is missing, and for null.
  subscript(_ name: String) -> ConfigValue? { values[name].flatMap { $0 == .null ? nil : $0 } }

  private func refusal(_ name: String, _ needed: String) -> ExchangeError {
    ExchangeError(
      self[name].map { "\(path): '\(name)' is \($0.words), but has to be \(needed)" }
        ?? "\(path): there is no '\(name)' in it, which has to be \(needed)")
  }

  /// A number of things.
  ///
  /// - Parameters:
  ///   - usual: where there is none; nil to refuse that.
  ///   - greatest: more than any model has, and so few that products of sizes do not overflow.
  func size(_ name: String, usual: Int? = nil, atMost greatest: Int = 1 << 20) throws(ExchangeError) -> Int {
    if let usual, self[name] == nil { return usual }
    guard case .whole(let size)? = self[name], (1...greatest).contains(size) else {
      throw refusal(name, "a whole number from 1 to \(greatest)")
    }
    return size
  }

  /// A positive number.
  func number(_ name: String, usual: Double) throws(ExchangeError) -> Double {
    let number: Double? =
      switch self[name] {
      case nil: usual
      case .whole(let whole)?: Double(whole)
      case .number(let number)?: number
      default: nil
      }
    guard let number, number.isFinite, number > 0 else { throw refusal(name, "a finite number above 0") }
    return number
  }

  func numbers(_ name: String) throws(ExchangeError) -> [Double] {
    guard case .list(let list)? = self[name] else { throw refusal(name, "a list of numbers") }
    var numbers: [Double] = []
    for value in list {
      switch value {
      case .whole(let whole): numbers.append(Double(whole))
      case .number(let number): numbers.append(number)
      default: throw refusal(name, "a list of numbers")
      }
    }
    return numbers
  }

  func flag(_ name: String, usual: Bool) throws(ExchangeError) -> Bool {
    switch self[name] {
    case nil: return usual
    case .flag(let flag)?: return flag
    default: throw refusal(name, "true or false")
    }
  }

  /// - Throws: `ExchangeError` for another value than those that Lemnos computes with.
  func require(_ name: String, _ known: ConfigValue...) throws(ExchangeError) {
    try require(name, known)
  }

  func require(_ name: String, _ known: [ConfigValue]) throws(ExchangeError) {
    guard let value = self[name], !known.contains(value) else { return }
    throw refusal(
      name, "\(known.map(\.words).joined(separator: " or ")): the network of Lemnos has nothing else")
  }

  /// The names of classes, by `id2label`; numbers where there are none.
  func classNames() throws(ExchangeError) -> [String] {
    guard case .members(let names)? = self["id2label"] else {
      return (0..<(try size("num_labels", usual: 2))).map(String.init)
    }
    var ordered: [String] = []
    for index in 0..<names.count {
      guard case .text(let name)? = names["\(index)"] else {
        throw ExchangeError("\(path): 'id2label' has \(names.count) names, but none for the class \(index)")
      }
      ordered.append(name)
    }
    guard !ordered.isEmpty else { throw ExchangeError("\(path): 'id2label' names no class") }
    return ordered
  }
}
