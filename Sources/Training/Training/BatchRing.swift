import Datasets
import Tensors

/// A ring buffer of batches in the backend's memory, instead of all examples: batch i is in slot i modulo the
/// slot count.
///
/// Filled by the host, see `BatchFeed`.
struct BatchRing {
  /// A power of two, at least 2: one batch may arrive while another is read.
  let slots: Int
  let batchSize: Int
  let fields: [DataField]
  /// One per field, `[slots, batchSize, …]`.
  let states: [State]

  /// Beyond some megabytes copies are no faster, and host delays are already absorbed.
  static let usualByteCount = 32 << 20

  /// Twice the maximum number of batches submitted at once.
  private static let mostSlots = 128

  /// - Parameters:
  ///   - batches: their number.
  ///   - byteCount: its maximum size, unless two batches need more.
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
  /// The greatest power of two not above it; 0 for 0.
  var roundedDownToPowerOfTwo: Int { self < 1 ? 0 : 1 << (bitWidth - 1 - leadingZeroBitCount) }
}
