import Programs
import Tensors

/// Writes the parts of a group as GLSL: the computation of one element, from buffers and registers.
///
/// Result `n` is in register `v\(n)`.
struct PartText {
  let group: FusionGroup
  let buffers: [FusedKernel.Buffer]

  /// Makes names unique among the fusion groups of a dispatch.
  let prefix: String

  /// True if an invocation collects bytes, or elements of two bytes, in registers until it has words of them.
  ///
  /// Otherwise each is stored by an atomic operation, because the rest of its word may be written concurrently.
  var gathersWords = false

  /// The names of coordinates already declared in the current block, by index expression and shape.
  private var coordinates: [String: String] = [:]

  init(_ group: FusionGroup, _ buffers: [FusedKernel.Buffer], prefix: String) {
    (self.group, self.buffers, self.prefix) = (group, buffers, prefix)
  }

  /// Starts a new block, in which earlier declarations are out of scope.
  mutating func beginBlock() { coordinates = [:] }

  /// Declares a part's results, computed at element `index`.
  mutating func compute(_ number: Int, at index: String, into text: inout ShaderText) {
    let part = group.parts[number]
    switch part.kernel {
    case .pointwise(let kernel): pointwise(kernel, number, at: index, into: &text)
    case .gather(let rows):
      let length = text.constant(rows.rowLength)
      let row = load(part.inputs[1], at: "\(index) / \(length)")
      let clamped = "uint(clamp(\(row), 0, int(\(text.constant(rows.rows))) - 1))"
      text.add("    uint at\(number) = \(clamped) * \(length) + \(index) % \(length);")
      declare(part, load(part.inputs[0], at: "at\(number)"), into: &text)
    case .gatherShuffled(let rows, let count):
      let length = text.constant(rows.rowLength)
      let row = shuffledRow(part, rows, count, "\(index) / \(length)", into: &text)
      text.add("    uint at\(number) = \(row) * \(length) + \(index) % \(length);")
      declare(part, load(part.inputs[0], at: "at\(number)"), into: &text)
    case .uniform(_, let stream):
      text.include("philox.glsl")
      let block =
        "philox(\(index) / 4u, \(counter(part.inputs[1])), \(text.constant(Int(stream))), \(key(part.inputs[0])))"
      declare(part, "float(\(block)[\(index) % 4u] >> 8) * (1.0 / 16777216.0)", into: &text)
    case .pooling(let kernel): pooling(kernel, number, at: index, into: &text)
    default: preconditionFailure("\(part.kernel.name) is not computed element by element")
    }
  }

  /// GLSL for the table row at an index of a shuffled batch.
  func shuffledRow(
    _ part: FusionGroup.Part, _ rows: RowKernel, _ count: Int, _ place: String, into text: inout ShaderText
  ) -> String {
    text.include("shuffle.glsl")
    let halfBits = text.constant(Int(ShuffledOrder.halfBits(for: UInt32(count))))
    return
      "shuffledRow(\(place), \(counter(part.inputs[2])), \(text.constant(rows.count)), \(text.constant(count)), "
      + "\(halfBits), \(key(part.inputs[1])))"
  }

  /// GLSL for an operand's value at an element.
  func load(_ operand: FusionGroup.Operand, at index: String) -> String {
    switch operand {
    case .result(let result): "v\(result)"
    case .buffer(let buffer): element(index, of: buffer)
    }
  }

  /// A buffer's element in its register type; for packed ones `index` must be cheap, because it is evaluated twice.
  private func element(_ index: String, of buffer: Int) -> String {
    let type = buffers[buffer].dtype
    return switch type {
    case .uint8: "int(BYTE(b\(buffer), uint(\(index))))"
    case .bool: "int(BYTE(b\(buffer), uint(\(index))) != 0u)"
    case .float16: "float16Value(HALF(b\(buffer), uint(\(index))))"
    case .bfloat16: "bfloat16Value(HALF(b\(buffer), uint(\(index))))"
    case .float32, .float64, .int32, .int64: "\(type.registerName)(b\(buffer)[\(index)])"
    }
  }

  /// Stores the results of a part that have a buffer.
  func store(_ number: Int, at index: String, into text: inout ShaderText) {
    for result in group.results(of: number) {
      guard let buffer = group.results[result].buffer else { continue }
      switch group.results[result].dtype {
      case .float32, .float64, .int32, .int64: text.add("    b\(buffer)[\(index)] = v\(result);")
      case .uint8, .bool:
        text.add(
          gathersWords
            ? "    word\(result) |= (uint(v\(result)) & 0xFFu) << ((\(index) & 3u) << 3);"
            : "    STORE_BYTE(b\(buffer), \(index), uint(v\(result)));")
      case .float16, .bfloat16:
        let bits = "\(group.results[result].dtype)Bits(v\(result))"
        text.add(
          gathersWords
            ? "    words\(result)[(\(index) >> 1) & 1u] |= \(bits) << ((\(index) & 1u) << 4);"
            : "    STORE_HALF(b\(buffer), \(index), \(bits));")
      }
    }
  }

  func declare(_ part: FusionGroup.Part, _ expression: String, into text: inout ShaderText) {
    let type = group.results[part.firstResult].dtype.registerName
    text.add("    \(type) v\(part.firstResult) = \(expression);")
  }

  private func key(_ operand: FusionGroup.Operand) -> String {
    "uvec2(\(load(operand, at: "0")), \(load(operand, at: "1")))"
  }

  private func counter(_ operand: FusionGroup.Operand) -> String { "uint(\(load(operand, at: "0")))" }
}

// MARK: Pointwise chains

extension PartText {
  private mutating func pointwise(
    _ kernel: PointwiseKernel, _ number: Int, at index: String, into text: inout ShaderText
  ) {
    let part = group.parts[number]
    for file in kernel.includes { text.include(file) }
    var names: [String] = []
    for (place, (input, operand)) in zip(kernel.inputs, part.inputs).enumerated() {
      switch operand {
      case .result(let result): names.append("v\(result)")
      case .buffer(let buffer):
        let name = "p\(number)_\(place)"
        let value = load(input, from: buffer, over: kernel.shape, at: index, into: &text)
        text.add("    \(input.dtype.registerName) \(name) = \(value);")
        names.append(name)
      }
    }
    for (step, register) in kernel.steps.enumerated() {
      let name = "p\(number)_\(kernel.inputs.count + step)"
      let value = PointwiseExpression.text(of: register, in: kernel, names: names) {
        text.constants(of: $0)
      }
      text.add("    \(register.dtype.registerName) \(name) = \(value);")
      names.append(name)
    }
    for (offset, register) in kernel.results.enumerated() {
      let result = part.firstResult + offset
      text.add("    \(group.results[result].dtype.registerName) v\(result) = \(names[register]);")
    }
  }

  private mutating func load(
    _ input: PointwiseKernel.Input, from buffer: Int, over shape: [Int], at index: String,
    into text: inout ShaderText
  ) -> String {
    if input.isUniform {
      return element(input.offset == 0 ? "0" : text.constant(input.offset), of: buffer)
    }
    if input.isContiguous {
      return element("\(index)\(input.offset == 0 ? "" : " + \(text.constant(input.offset))")", of: buffer)
    }
    let c = coordinates(of: index, in: shape, into: &text)
    var terms = input.offset == 0 ? [] : ["int(\(text.constant(input.offset)))"]
    for axis in shape.indices where input.strides[axis] != 0 {
      terms.append(
        input.strides[axis] == 1 ? "\(c)\(axis)" : "\(c)\(axis) * int(\(text.constant(input.strides[axis])))")
    }
    let address = terms.isEmpty ? "0" : terms.joined(separator: " + ")
    var tests: [String] = []
    for (axis, range) in (input.bounds ?? []).enumerated() {
      if range.lowerBound > 0 { tests.append("\(c)\(axis) >= int(\(text.constant(range.lowerBound)))") }
      if range.upperBound < shape[axis] {
        tests.append("\(c)\(axis) < int(\(text.constant(range.upperBound)))")
      }
    }
    guard !tests.isEmpty else { return element(address, of: buffer) }
    // The address is clamped before use: both sides of a conditional may be evaluated.
    let inside = tests.joined(separator: " && ")
    return "(\(inside)) ? \(element("(\(inside)) ? \(address) : 0", of: buffer)) : \(input.dtype.zeroName)"
  }

  /// Declares an element's coordinates in a shape, unless they are declared, and returns the prefix of their
  /// names.
  private mutating func coordinates(of index: String, in shape: [Int], into text: inout ShaderText) -> String
  {
    let key = "\(index) in \(shape)"
    if let known = coordinates[key] { return known }
    let name = "c\(coordinates.count)_"
    coordinates[key] = name
    text.add("    uint \(name)rest = \(index);")
    for (axis, extent) in zip(shape.indices, text.constants(for: shape)).reversed() {
      text.add("    int \(name)\(axis) = int(\(name)rest % \(extent)); \(name)rest /= \(extent);")
    }
    return name
  }
}

// MARK: Pooling

extension PartText {
  /// Declares the functions of pooling parts, which precede the group.
  func declareFunctions(into text: inout ShaderText) {
    for (number, part) in group.parts.enumerated() {
      guard case .pooling(let kernel) = part.kernel, kernel.step != .pick else { continue }
      text.include("pooling.glsl")
      var macros = [
        ("POOLING", function(number)), ("REAL", dtype(part.inputs[0]).registerName),
        ("X_AT(i)", load(part.inputs[0], at: "i")),
      ]
      if kernel.step == .gradient { macros.append(("PLACE_AT(i)", load(part.inputs[1], at: "i"))) }
      text.include(
        [kernel.step == .place ? "maxPool2DPlace.glsl" : "maxPool2DGradient.glsl"], defining: macros)
    }
  }

  private func function(_ number: Int) -> String { "\(prefix)pooling\(number)" }

  private func dtype(_ operand: FusionGroup.Operand) -> DType {
    switch operand {
    case .buffer(let buffer): buffers[buffer].dtype
    case .result(let result): group.results[result].dtype
    }
  }

  private func pooling(_ kernel: PoolingKernel, _ number: Int, at index: String, into text: inout ShaderText)
  {
    let part = group.parts[number]
    let sizes = [kernel.h, kernel.w, kernel.r, kernel.s, kernel.p, kernel.q] + kernel.geometry.constants
    let window = "Pooling(\(sizes.map { text.constant($0) }.joined(separator: ", ")))"
    guard kernel.step == .pick else {
      return declare(part, "\(function(number))(\(window), \(index))", into: &text)
    }
    text.include("pooling.glsl")
    let place = load(part.inputs[1], at: index)
    text.add("    Pooling window\(number) = \(window);")
    text.add("    int pixel\(number) = pooledPixel(window\(number), \(index), uint(\(place)));")
    // The address is clamped before use: both sides of a conditional may be evaluated.
    let picked = load(part.inputs[0], at: "planeOf(window\(number), \(index)) + uint(max(pixel\(number), 0))")
    declare(part, "pixel\(number) < 0 ? \(dtype(part.inputs[0]).zeroName) : \(picked)", into: &text)
  }
}
