public import Tensors

/// The means of a fixed number of windows, for any image size: `[N, C, H, W]` to `[N, C, rows, columns]`.
///
/// Window p of P reaches from ⌊p H / P⌋ to ⌈(p + 1) H / P⌉.
public struct AdaptiveAveragePool2D: Layer {
  public let rows: Int
  public let columns: Int

  public init(_ rows: Int, _ columns: Int) {
    precondition(rows > 0 && columns > 0, "images are pooled to at least one pixel, not \(rows)×\(columns)")
    (self.rows, self.columns) = (rows, columns)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor { x.adaptivelyPooled(to: [rows, columns]) }
}
