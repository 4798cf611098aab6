import Datasets
import Tensors

/// The next batches in the backend's memory, in place of all examples: batch i lies in slot i modulo the number of slots.
///
/// The host fills it, see `BatchFeed`.
struct BatchRing {
  /// A power of two, at least 2: one batch may come while another is read.
  let slots: Int
  let batchSize: Int
  let fields: [DataField]
  /// One for each field, `[slots, batchSize, …]`.
  let states: [State]

  /// Beyond some megabytes the copies are no faster, and a slow moment of the host is already waited out.
  static let usualByteCount = 32 << 20

  /// More than are ever handed over at once, twice.
  private static let mostSlots = 128

  /// - Parameters:
  ///   - batches: how many there are.
  ///   - byteCount: what it should take at most, if that is enough for two batches.
  init(_ name: String, batchSize: Int, of fields: [DataField], batches: Int, upTo byteCount: Int) {
    let each = max(1, fields.reduce(0) { $0 + $1.byteCount })
    let fitting = min(byteCount / (batchSize * each), BatchRing.mostSlots).roundedDownToPowerOfTwo
    var slots = 2
    while slots < min(fitting, batches) { slots *= 2 }
    (self.slots, self.batchSize, self.fields) = (slots, batchSize, fields)
    states = fields.map { field in
      State(
        "\(name).ring.\(field.name)", Shape([slots, batchSize] + field.shape.dimensions), dtype: field.dtype,
        role: .data)
    }
  }

  var byteCount: Int { states.reduce(0) { $0 + $1.byteCount } }
}

extension Int {
  /// The greatest power of two that is not greater; 0 for 0.
  var roundedDownToPowerOfTwo: Int { self < 1 ? 0 : 1 << (bitWidth - 1 - leadingZeroBitCount) }
}
