import Datasets
import Tensors

/// The examples of one split, and what they are on a device where all of them are there.
final class ExampleSet {
  let name: String
  let count: Int
  let fields: [DataField]
  /// Nil where only the number and fields are known.
  private let known: (any DataSource)?

  init(_ name: String, _ source: any DataSource) {
    (self.name, known, count, fields) = (name, source, source.count, source.fields)
  }

  /// Examples of which only the number and fields are known: to be planned with.
  init(_ name: String, count: Int, of fields: [DataField]) {
    (self.name, self.count, self.fields, known) = (name, count, fields, nil)
  }

  /// - Precondition: it is no set to be planned with.
  var source: any DataSource {
    guard let known else { preconditionFailure("of the set '\(name)' only the size is known") }
    return known
  }

  /// Whether the host has all of it in memory.
  var isInMemory: Bool { known?.isInMemory ?? true }

  /// On a device where all of them are there.
  var byteCount: Int { fields.reduce(0) { $0 + $1.byteCount * count } }

  /// The bytes of its largest field.
  var largestByteCount: Int { fields.map { $0.byteCount * count }.max() ?? 0 }

  /// Examples in the backend's memory, so that a step can pick its batch without the host: a state for each field.
  ///
  /// The same states for all programs of a run.
  func resident() throws -> [State] {
    if let made { return made }
    let bytes = try known?.allBytes()
    let states = fields.enumerated().map { index, field in
      State(
        "\(name).\(field.name)", Shape([count] + field.shape.dimensions), dtype: field.dtype, role: .data,
        initial: bytes.map { .bytes($0[index]) } ?? .zeros)
    }
    made = states
    return states
  }

  private var made: [State]?
}
