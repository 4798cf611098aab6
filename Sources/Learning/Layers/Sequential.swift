public import Tensors

/// Layers applied one after another.
///
/// Their names are their positions: `0`, `1`, …
///
///     Sequential {
///       for units in hidden {
///         Dense(units)
///         ReLU()
///       }
///       Dense(10)
///     }
public struct Sequential: Layer {
  public let layers: [any Layer]

  public init(_ layers: [any Layer]) { self.layers = layers }

  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    layers.enumerated().reduce(x) { x, part in part.element(x, in: pass, as: "\(part.offset)") }
  }
}

/// A result builder for lists of layers, with `if`, `switch` and `for`.
@resultBuilder
public enum LayerBuilder {
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
  public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
  public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
  public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
  public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
}
