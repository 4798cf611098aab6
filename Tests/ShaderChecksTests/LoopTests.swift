import Foundation
import Programs
import ShaderChecks
import Shaders
import Tensors
import TestSupport
import Testing
import VulkanBackend

/// No invocation may loop longer than `LoopLimit` allows, whatever the sizes: some drivers end longer loops
/// early, and on others a watchdog resets the device.
@Suite("Loops of shaders")
struct LoopTests {
  /// The upper bound of each loop whose trip count is not a literal: a new loop needs a line here, and must
  /// be counted where its kernel's dispatch is planned (`DispatchPlan.iterations`).
  private static let bounds: [String: String] = [
    // Splits of reductions, by LoopLimit.longestSerial and longestReduction.
    "for (uint r = begin; r < end; r++)": "length of a part",
    "for (uint r = begin + 1u; r < end; r++)": "length of a part",
    "for (uint r = begin + lane; r < end; r += 64u)": "length of a part, shared by 64",
    "for (uint part = 1u; part < parts; part++)": "number of parts",
    "for (uint j = begin; j < end; j++)": "length of a part",
    "for (uint c = lane; c < classes; c += LANES)": "classes, shared by the lanes of a row; more are refused",
    // Blocks of attention, by the sizes of a dispatch; more are refused.
    "for (uint c = 0u; c < channels; c += 16u)": "channels, 16 at a time",
    "for (uint other = 0u; other < end; other += 32u)": "keys, 32 at a time",
    "for (uint other = begin; other < queries; other += 32u)": "queries, 32 at a time",
    "for (uint head = group * ofGroup; head < (group + 1u) * ofGroup; head++)": "heads of a group",
    // Splits of products (split-K), by LoopLimit.longestDepth.
    "for (uint l = firstDepth; l < endDepth; l++)": "depth of a part",
    "for (uint start = firstDepth; start < endDepth + DEPTH; start += DEPTH)":
      "depth of a part, 16 at a time",
    "for (; start < end; start += DEPTH)": "depth of a part, 32 at a time",
    "for (uint l = from; l < to; l++)": "what a line has of the depth of a part",
    "for (line = firstDepth / lineLength; beginsLine(firstDepth, end, lineLength); line++)":
      "lines of a part",
    "for (line = firstDepth / resultWidth; beginsLine(firstDepth, end, resultWidth); line++)":
      "lines of a part",
    "while (r < apart && r * dilation % stride != phase)": "the stride",
    // Windows of max pooling have at most 256 elements.
    "for (uint place = 0u; place < z.windowHeight * z.windowWidth; place++)": "window",
    "for (uint p = firstP; p < lastP; p++)": "results whose windows reach a pixel",
    "for (uint q = firstQ; q < lastQ; q++)": "results whose windows reach a pixel",
    // Numbers of bits.
    "for (uint width = 32u; width > 0u; width >>= 1)": "logarithm of the workgroup",
    "for (uint width = lanes / 2u; width > 0u; width >>= 1)": "logarithm of the workgroup",
    "for (int shift = max(int(x >> 23), 1) - exponent; shift > 0; shift -= 8)": "exponents of float32",
    "for (; shift >= 0; shift--)": "exponents of float64",
    // At most three of four numbers are out of range, so that sixty iterations in a row are practically
    // impossible.
    "while (x >= count)": "numbers of a permutation of less than four times as many",
    // An invocation's share of a tile.
    "for (uint i = gl_LocalInvocationID.x; i < DEPTH; i += gl_WorkGroupSize.x)": "tile",
    "for (uint j = gl_LocalInvocationID.x; j < TILE_COLUMNS; j += LANES)": "tile",
    "for (uint i = lane; i < ROWS; i += gl_WorkGroupSize.x)": "tile",
    "for (uint i = lane; i < COLUMNS; i += gl_WorkGroupSize.x)": "tile",
    "for (uint i = lane; i < 4u * UNIT_COUNT; i += gl_WorkGroupSize.x)": "tile",
    "for (uint i = 0u; i < TIMES(SUMS); i++)": "tile",
    "for (uint pair = 0u; pair < TIMES(UNIT_DEPTH / 2u); pair++)": "tile",
    // Four bytes of a word, and a few elements for each invocation.
    "for (uint i = first; i < min(first + 4u, N); i++)": "four",
    "for (uint e = 0u; e < Nu && column < N; e++, column += gl_WorkGroupSize.x)": "sixteen",
    // Reductions in fused kernels, by LoopLimit.longestReduction and the number of passes.
    "for (uint r = first; r < N; r += Nu)": "elements of a reduction, shared by lanes",
    "for (uint from = first; from < N; from += Nu)": "a sixty-fourth of those",
    "for (uint r = from; r < min(N, from + Nu); r += Nu)": "64",
    "for (uint e = lane; e < N; e += gl_WorkGroupSize.x)": "FusionPolicy.serialCount, shared by a workgroup",
  ]

  /// The heads of a shader's loops, without unrolled loops and loops with a literal bound of up to three
  /// digits.
  private func loops(in source: String) -> [String] {
    source.split(separator: "\n").flatMap { line -> [String] in
      guard let at = line.range(of: #"\b(for|while) \("#, options: .regularExpression) else { return [] }
      let before = line[..<at.lowerBound]
      // A macro wrapped in a loop of one iteration.
      guard !before.contains("//"), !before.hasSuffix("unroll]] "), !before.hasSuffix("UNROLL "),
        !line.contains("while (false)")
      else { return [] }
      var depth = 0
      let head = line[at.lowerBound...].prefix { character in
        if character == "(" { depth += 1 }
        if character == ")" { depth -= 1 }
        return !(character == ")" && depth == 0)
      }
      let text = head + ")"
      if text.range(of: #"; [a-z]+ < \d{1,3}u?( &&.*)?;"#, options: .regularExpression) != nil { return [] }
      return [String(text)]
    }
  }

  /// Sizes are push constants, not literals; a reduction that is not shared has one lane.
  private func withoutSizes(_ loop: String) -> String {
    loop.replacingOccurrences(of: #"(sizes|moreSizes)\[\d+\]"#, with: "N", options: .regularExpression)
      .replacingOccurrences(
        of: #"(\+= |from \+ |e < )\d+u"#, with: "$1Nu", options: .regularExpression)
  }

  @Test("are all known, in what is written by hand")
  func sources() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Shaders")
    let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
    var found: Set<String> = []
    for case let file as URL in files where ["comp", "glsl"].contains(file.pathExtension) {
      for loop in loops(in: try String(contentsOf: file, encoding: .utf8)) {
        #expect(Self.bounds[loop] != nil, "\(file.lastPathComponent): what bounds \(loop)?")
        found.insert(loop)
      }
    }
    #expect(found.count > 15)
  }

  @Test(
    "are all known in what is generated, and none is longer than may be",
    arguments: [(true, true), (true, false), (false, true), (false, false)])
  func kernels(forCards: Bool, fuses: Bool) throws {
    let lister = KernelLister(forCards: forCards)
    for real in [DType.float32, .float64] {
      for row in OpTable.rows + OpTable.large {
        let inputs = row.inputs.enumerated().map { index, input in
          let type = input.type(real)
          return State("input \(index)", type.shape, dtype: type.dtype, role: .data).value
        }
        let program = try Program("\(row)", outputs: [("y", row.build(inputs))])
        for kernel in lister.plans(of: program, fuses: fuses) {
          #expect(kernel.iterations <= LoopLimit.perInvocation, "\(row): \(kernel.kernel)")
          for loop in loops(in: kernel.source ?? "").map(withoutSizes) {
            #expect(Self.bounds[loop] != nil, "\(row): what bounds \(loop)?")
          }
        }
      }
    }
  }

  @Test("stay short for sizes that nobody can hold in memory yet")
  func astronomical() throws {
    func input(_ name: String, _ shape: Shape) -> Tensor { State(name, shape, role: .data).value }
    let long = 1 << 28
    let (x, labels) = (input("x", [long]), State("labels", [long], dtype: .int32, role: .data).value)
    let (a, b) = (input("a", [3, long]), input("b", [long, 3]))
    let (images, filters) = (input("images", [1 << 12, 3, 512, 512]), input("filters", [8, 3, 3, 3]))
    let dy = input("dy", [1 << 12, 8, 510, 510])
    let tensors = [
      x.sum(), x.max(), x.argmax(), matmul(a, b), input("t", [long, 3]).sum([0]), images.mean([0, 2, 3]),
      scatterAdd(input("v", [long, 2]), at: labels, rows: 4),
      gradients(of: conv2D(images, filters), upstream: dy, at: [filters])[0],
    ]
    let program = try Program(
      "astronomical", outputs: tensors.enumerated().map { (name: "\($0.offset)", tensor: $0.element) })
    for (forCards, fuses) in [(true, true), (true, false), (false, true), (false, false)] {
      for kernel in KernelLister(forCards: forCards).plans(of: program, fuses: fuses) {
        #expect(kernel.iterations <= LoopLimit.perInvocation, "\(kernel.kernel)")
      }
    }
  }
}
