import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@Suite("A convolution's algorithm on the CPU")
struct ConvolutionAlgorithmTests {
  /// Sizes on both sides of each threshold.
  struct Case: CustomStringConvertible, Sendable {
    let pass: ConvolutionKernel.Pass
    let x, w: Shape
    var geometry = WindowGeometry()
    var groups = 1
    let algorithms: [String]

    init(
      _ pass: ConvolutionKernel.Pass, _ x: Shape, _ w: Shape,
      _ geometry: WindowGeometry = WindowGeometry(),
      groups: Int = 1, by algorithms: String...
    ) {
      (self.pass, self.x, self.w, self.geometry, self.groups) = (pass, x, w, geometry, groups)
      self.algorithms = algorithms
    }

    var description: String { "\(pass) of \(x) by \(w), \(geometry)" }
  }

  private static let same = WindowGeometry(padding: [1, 1, 1, 1])

  private static let cases = [
    // 32 tiles of 4×4 results.
    Case(.forward, [2, 16, 16, 16], [16, 16, 3, 3], same, by: "Winograd F(4×4, 3×3)"),
    Case(.forward, [2, 16, 16, 12], [16, 16, 3, 3], same, by: "GEMM, gathered windows"),
    Case(.inputGradient, [2, 16, 16, 16], [32, 16, 3, 3], same, by: "Winograd F(4×4, 3×3)"),
    Case(.weightGradient, [2, 16, 16, 16], [32, 16, 3, 3], same, by: "Winograd F(4×4, 3×3)"),
    // Channels in no whole vectors, groups, another window, strides.
    Case(.forward, [2, 15, 16, 16], [16, 15, 3, 3], same, by: "GEMM, bands of rows"),
    Case(.forward, [2, 16, 16, 16], [24, 16, 3, 3], same, by: "GEMM, bands of rows"),
    Case(.forward, [2, 32, 16, 16], [32, 16, 3, 3], same, groups: 2, by: "GEMM, bands of rows"),
    Case(.forward, [2, 16, 16, 16], [16, 16, 1, 1], by: "GEMM, bands of rows"),
    Case(
      .forward, [2, 16, 32, 32], [16, 16, 3, 3],
      WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1]),
      by: "GEMM, bands of rows"),
    // One channel per group, of at least sixteen.
    Case(.forward, [2, 16, 18, 18], [16, 1, 3, 3], groups: 16, by: "depthwise"),
    Case(.forward, [2, 15, 18, 18], [15, 1, 3, 3], groups: 15, by: "GEMM, bands of rows"),
    Case(.forward, [2, 16, 18, 18], [32, 1, 3, 3], groups: 16, by: "GEMM, bands of rows"),
    Case(.weightGradient, [3, 37, 9, 8], [37, 1, 5, 5], same, groups: 37, by: "depthwise"),
    Case(
      .inputGradient, [2, 24, 9, 8], [24, 1, 3, 2], WindowGeometry(dilation: [2, 3]), groups: 24,
      by: "depthwise"),
    Case(
      .inputGradient, [2, 24, 9, 8], [24, 1, 3, 3], WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1]),
      groups: 24, by: "depthwise"),
    Case(
      .weightGradient, [20, 24, 9, 8], [24, 1, 3, 4], WindowGeometry(stride: [2, 1], padding: [1, 3, 2, 2]),
      groups: 24, by: "depthwise"),
    // More than 256·256 filters, or fewer than three results in a row.
    Case(.forward, [8, 256, 4, 4], [272, 256, 3, 3], same, by: "Winograd F(2×2, 3×3)"),
    Case(.forward, [32, 256, 4, 4], [256, 256, 3, 3], same, by: "Winograd F(4×4, 3×3)"),
    Case(.forward, [32, 16, 2, 2], [16, 16, 3, 3], same, by: "Winograd F(2×2, 3×3)"),
    // Up to 64 windows, and from 65,536 weights on.
    Case(.forward, [1, 1024, 8, 8], [64, 1024, 1, 1], by: "GEMM, panel by panel"),
    Case(.forward, [1, 1024, 8, 8], [63, 1024, 1, 1], by: "GEMM, gathered windows"),
    Case(.forward, [1, 1024, 5, 13], [64, 1024, 1, 1], by: "GEMM, gathered windows"),
    Case(.weightGradient, [1, 1024, 8, 8], [64, 1024, 1, 1], by: "GEMM, gathered windows"),
    // Rows of 16, and adjacent elements of a window.
    Case(.weightGradient, [2, 3, 18, 18], [5, 3, 3, 3], by: "GEMM, bands of rows"),
    Case(.weightGradient, [2, 3, 18, 17], [5, 3, 3, 3], by: "GEMM, gathered windows"),
    Case(
      .forward, [2, 3, 18, 20], [5, 3, 3, 3], WindowGeometry(dilation: [2, 1]),
      by: "GEMM, bands of rows"),
    Case(
      .forward, [2, 3, 18, 20], [5, 3, 3, 3], WindowGeometry(dilation: [1, 2]),
      by: "GEMM, gathered windows"),
    // Up to eight channels, if windows fill vectors at least half.
    Case(.inputGradient, [2, 8, 18, 18], [5, 8, 4, 4], by: "col2im"),
    Case(.inputGradient, [2, 7, 18, 18], [5, 7, 3, 3], by: "col2im"),
    Case(.inputGradient, [2, 8, 18, 18], [5, 8, 3, 3], by: "GEMM, bands of rows"),
    Case(.inputGradient, [2, 9, 18, 18], [5, 9, 3, 3], by: "GEMM, bands of rows"),
    Case(.inputGradient, [2, 8, 18, 18], [5, 8, 1, 1], by: "GEMM, bands of rows"),
    // Phases of 16 and of 15 pixels in a row.
    Case(
      .inputGradient, [2, 9, 31, 31], [5, 9, 3, 3], WindowGeometry(stride: [2, 2]),
      by: "GEMM, bands of rows", "GEMM, gathered windows"),
    Case(
      .inputGradient, [2, 9, 31, 31], [5, 9, 3, 3],
      WindowGeometry(stride: [2, 2], dilation: [2, 2]),
      by: "reference loops"),
  ]

  private func choices(
    _ item: Case, _ dtype: DType = .float32, on backend: CPUBackend = CPUBackend()
  ) throws -> [ConvolutionChoice] {
    let x = State("x", item.x, dtype: dtype, role: .data).value
    let w = State("w", item.w, dtype: dtype, role: .weight).value
    let y = conv2D(x, w, item.geometry, groups: item.groups)
    let dy = State("dy", y.shape, dtype: dtype, role: .data).value
    let result =
      switch item.pass {
      case .forward: y
      case .inputGradient: gradients(of: y, upstream: dy, at: [x])[0]
      case .weightGradient: gradients(of: y, upstream: dy, at: [w])[0]
      }
    let program = backend.planned(try Program("test", outputs: [("result", result)]))
    return backend.convolutionChoices(of: program)
  }

  @Test("follows from its sizes", arguments: cases)
  func thresholds(_ item: Case) throws {
    let choices = try choices(item)
    #expect(choices.map(\.algorithm) == item.algorithms)
    #expect(choices.allSatisfy { !$0.reason.isEmpty })
  }

  @Test("is the reference in float64, and where that is asked for")
  func reference() throws {
    #expect(try choices(Self.cases[0], .float64).map(\.reason) == ["float64"])
    #expect(
      try choices(Self.cases[0], on: CPUBackend(.reference)).map(\.reason) == ["as requested"])
  }

  @Test("is compared with the reference in the op table, whichever it is")
  func coverage() throws {
    var found: Set<String> = []
    for row in OpTable.rows where row.operation.hasPrefix("conv2D") {
      let inputs = row.inputs.enumerated().map { index, input in
        let type = input.type(.float32)
        return State("input \(index)", type.shape, dtype: type.dtype, role: .data).value
      }
      let backend = CPUBackend()
      let program = backend.planned(try Program("test", outputs: [("y", row.build(inputs))]))
      for choice in backend.convolutionChoices(of: program) {
        found.insert("\(choice.pass): \(choice.algorithm)")
      }
    }
    for algorithm in [
      "GEMM, bands of rows", "GEMM, gathered windows", "Winograd F(2×2, 3×3)",
      "Winograd F(4×4, 3×3)", "depthwise",
    ] {
      for pass in ["forward", "input gradient", "weight gradient"] {
        #expect(found.contains("\(pass): \(algorithm)"))
      }
    }
    for rare in [
      "forward: GEMM, panel by panel", "input gradient: GEMM, panel by panel",
      "input gradient: col2im",
    ] { #expect(found.contains(rare)) }
  }
}
