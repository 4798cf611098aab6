import Datasets
import Tensors

/// The examples of one split, and their states if they are resident.
final class ExampleSet {
  let name: String
  let count: Int
  let fields: [DataField]
  /// Nil if only the number and fields are known.
  private let known: (any DataSource)?

  init(_ name: String, _ source: any DataSource) {
    (self.name, known, count, fields) = (name, source, source.count, source.fields)
  }

  /// Examples of which only the number and fields are known, for planning.
  init(_ name: String, count: Int, of fields: [DataField]) {
    (self.name, self.count, self.fields, known) = (name, count, fields, nil)
  }

  /// - Precondition: it is not for planning only.
  var source: any DataSource {
    guard let known else { preconditionFailure("of the set '\(name)' only the size is known") }
    return known
  }

  /// True if the host has all of it in memory.
  var isInMemory: Bool { known?.isInMemory ?? true }

  /// True if training takes other examples in each epoch.
  var isDrawnAnew: Bool { known?.isDrawnAnew ?? false }

  /// The bytes if resident.
  var byteCount: Int { fields.reduce(0) { $0 + $1.byteCount * count } }

  /// The bytes of its largest field.
  var largestByteCount: Int { fields.map { $0.byteCount * count }.max() ?? 0 }

  /// All examples in the backend's memory, so that steps gather their batches without the host: a state per
  /// field.
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
