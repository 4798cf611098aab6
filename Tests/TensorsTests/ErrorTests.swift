import Programs
import Tensors
import Testing

/// An operation on invalid inputs, and the expected error message.
struct Mistake: Sendable, CustomTestStringConvertible {
  let expected: String
  let tensor: Tensor
  var testDescription: String { expected }

  init(_ expected: String, _ tensor: Tensor) {
    self.expected = expected
    self.tensor = tensor
  }

  /// The message without the source location, which changes.
  var said: String {
    guard let error = tensor.error else { return "nothing" }
    return "\(error.operation): \(error.reason)"
  }

  private static let bytes = zeros([2, 3], .uint8)
  private static let integers = zeros([2, 3], .int32)
  private static let key = zeros([2], .int32)

  static let all: [Mistake] = pointwise + movement + others

  private static let pointwise: [Mistake] = [
    Mistake(
      "add: the shapes [2, 3] and [3, 2] do not stretch to a common one", zeros([2, 3]) + zeros([3, 2])),
    Mistake("multiply: the shapes [4] and [3] do not stretch to a common one", zeros([4]) * zeros([3])),
    Mistake(
      "select: the shapes [2, 3] and [4] do not stretch to a common one",
      select(zeros([2, 3], .uint8), zeros([3]), zeros([4]))),
    Mistake("add: the types float32 and int32 differ; cast one of them", zeros([2]) + zeros([2], .int32)),
    Mistake(
      "select: the types float32 and float64 differ; cast one of them",
      select(zeros([], .uint8), zeros([]), zeros([], .float64))),
    Mistake("exp: takes float32 or float64, not int32", exp(integers)),
    Mistake("power: takes float32 or float64, not int32", power(integers, integers)),
    Mistake("add: takes no uint8 values; cast them to int32 or float32 first", bytes + bytes),
    Mistake("negate: takes no uint8 values; cast them to int32 or float32 first", -bytes),
  ]

  private static let movement: [Mistake] = [
    Mistake("reshape: [2, 3] has 6 elements, but [4] has 4", zeros([2, 3]).reshaped([4])),
    Mistake("transpose: [0, 0] is not an order of the 2 axes of [2, 3]", zeros([2, 3]).transposed([0, 0])),
    Mistake(
      "slice: [2, 2] from [0, 2] on does not lie within [2, 3]", zeros([2, 3]).sliced(from: [0, 2], [2, 2])),
    Mistake(
      "slice: [2] from [0] on does not lie within [2, 3]", zeros([2, 3]).sliced(from: [0], [2])),
    Mistake(
      "pad: padding by [1] and [1, 0] does not fit [2, 3]",
      zeros([2, 3]).padded(before: [1], after: [1, 0])),
    Mistake(
      "pad: padding by [-1, 0] and [0, 0] does not fit [2, 3]",
      zeros([2, 3]).padded(before: [-1, 0], after: [0, 0])),
    Mistake("broadcast: [2, 3] does not stretch to [2, 4]", zeros([2, 3]).broadcast(to: [2, 4])),
    Mistake("broadcast: [2, 3] does not stretch to [3]", zeros([2, 3]).broadcast(to: [3])),
    Mistake(
      "gather: takes a tensor with rows and an int32 vector of row numbers, not float32[2, 3] and float32[2]",
      zeros([2, 3]).gathered(at: zeros([2]))),
    Mistake(
      "gather: takes a tensor with rows and an int32 vector of row numbers, not float32[] and int32[2]",
      zeros([]).gathered(at: key)),
  ]

  private static let others: [Mistake] = [
    Mistake(
      "matmul: [2, 3] by [4, 5]: the left has 3 columns, but the right has 4 rows",
      matmul(zeros([2, 3]), zeros([4, 5]))),
    Mistake("matmul: takes two matrices, not [3] and [3, 5]", matmul(zeros([3]), zeros([3, 5]))),
    Mistake(
      "matmul: takes two matrices of float32 or of float64, not float32 and float64",
      matmul(zeros([2, 3]), zeros([3, 5], .float64))),
    Mistake("sum: axes [2] do not fit [2, 3], of 2 axes", zeros([2, 3]).sum([2])),
    Mistake("max: axes [1, 1] do not fit [2, 3], of 2 axes", zeros([2, 3]).max([1, -1])),
    Mistake("argmax: of no elements: [2, 0] is empty along axes 1..<2", zeros([2, 0]).argmax()),
    Mistake("sum: takes float32, float64 or int32, not uint8", bytes.sum()),
    Mistake("mean: takes float32 or float64, not int32", integers.mean()),
    Mistake(
      "softmaxCrossEntropy: takes float scores [N, C], not float32[4]",
      softmaxCrossEntropy(zeros([4]), zeros([4], .int32))),
    Mistake(
      "softmaxCrossEntropy: scores [4, 3] need labels int32[4], not int32[5]",
      softmaxCrossEntropy(zeros([4, 3]), zeros([5], .int32))),
    Mistake(
      "scatterAdd: takes float rows and as many int32 row numbers, not float32[4, 3] and int32[5]",
      scatterAdd(zeros([4, 3]), at: zeros([5], .int32), rows: 2)),
    Mistake(
      "uniform: takes an int32[2] key and an int32[] counter, not int32[2] and int32[2]",
      randomUniform([3], key: key, counter: key, stream: 0)),
    Mistake(
      "shuffledBatch: a batch of 5 cannot be drawn from 4 rows",
      shuffledBatch(5, of: 4, key: key, counter: zeros([], .int32))),
    Mistake(
      "gradients: of a float scalar, not of a float32[2]", gradients(of: zeros([2]), at: [zeros([2])])[0]),
    Mistake(
      "gradients: upstream float32[3] for an output float32[2]",
      gradients(of: zeros([2]), upstream: zeros([3]), at: [zeros([2])])[0]),
  ]
}

@Suite("Mistakes")
struct ErrorTests {
  @Test("are named with all the shapes involved", arguments: Mistake.all)
  func messages(_ mistake: Mistake) {
    #expect(mistake.said == mistake.expected)
  }

  @Test("travel through later operations to the program, the first of them")
  func propagation() throws {
    let wrong = matmul(zeros([2, 3]), zeros([4, 5]))
    let first = try #require(wrong.error)
    let later: [Tensor] = [
      wrong + zeros([7]), 1 - wrong, relu(wrong).sum(), wrong.mean(), wrong.argmax(), wrong.reshaped([3]),
      wrong.reshaped([]), wrong.broadcast(to: []), wrong.transposed([5]), wrong.cast(to: .int32),
      zeros([2]).gathered(at: wrong), select(wrong, wrong, wrong), softmaxCrossEntropy(wrong, wrong),
      wrong.replacing(row: wrong, with: wrong), matmul(wrong, matmul(zeros([1]), zeros([1]))),
    ]
    for tensor in later { #expect(tensor.error == first) }
    let gradient = gradients(of: wrong.sum(), at: [zeros([2])])[0]
    #expect(gradient.error == first)
    #expect(throws: first) { try Program("step", outputs: [("y", (wrong + 1).sum())]) }
    let state = State("s", [2], role: .data)
    #expect(throws: first) { try Program("step", assignments: [Assignment(state, wrong)]) }
  }

  @Test("in an upstream gradient are kept as well")
  func upstream() throws {
    let wrong = matmul(zeros([2, 3]), zeros([4, 5]))
    let x = zeros([2])
    #expect(gradients(of: x * x, upstream: wrong, at: [x])[0].error == wrong.error)
  }

  @Test("in a target are kept as well")
  func target() throws {
    let wrong = matmul(zeros([2, 3]), zeros([4, 5]))
    #expect(gradients(of: zeros([2]).sum(), at: [wrong])[0].error == wrong.error)
  }

  @Test("say in which layer and at which line they are")
  func places() throws {
    let pass = Pass(.training, states: StateStore())
    let line: UInt = #line + 3
    let tensor = pass.scope("body", kind: "Residual") {
      pass.scope("2", kind: "Dense") {
        matmul(zeros([2, 3]), zeros([4, 5]))
      }
    }
    let error = try #require(tensor.error)
    #expect(error.layerPath == "body.2 (Dense)")
    #expect(error.location == "TensorsTests/ErrorTests.swift:\(line)")
    #expect(
      error.description
        == "matmul: [2, 3] by [4, 5]: the left has 3 columns, but the right has 4 rows "
        + "(in layer body.2 (Dense), at TensorsTests/ErrorTests.swift:\(line))")
  }

  @Test("of operators say at which line they are, too")
  func operators() throws {
    let line: UInt = #line + 1
    let wrong = 2 * (zeros([2]) + zeros([3]))
    let error = try #require(wrong.error)
    #expect(
      error.description
        == "add: the shapes [2] and [3] do not stretch to a common one (at TensorsTests/ErrorTests.swift:\(line))"
    )
    // Comparisons are made of others, inside Lemnos.
    let compared = zeros([2]) .>= zeros([3])
    #expect(compared.error?.location == "TensorsTests/ErrorTests.swift:\(line + 7)")
  }

  @Test("of a layer that is given another width are named by its state")
  func reshapedLayer() throws {
    let pass = Pass(.training, states: StateStore())
    func layer(_ width: Int) -> Tensor {
      pass.scope("0") { pass.weight("weight", [width, 2], fanIn: width) }
    }
    #expect(layer(3).error == nil)
    let error = try #require(layer(4).error)
    #expect(error.reason == "'0.weight' was made as [3, 2], but this input asks for [4, 2]")
  }

  @Test("in assignments are refused by the program")
  func assignments() throws {
    let state = State("w", [2], role: .weight)
    #expect(throws: GraphError("assign", "the state 'w' is float32[2] and cannot hold float32[3]")) {
      try Program("step", assignments: [Assignment(state, zeros([3]))])
    }
    #expect(throws: GraphError("assign", "the state 'w' is float32[2] and cannot hold int32[2]")) {
      try Program("step", assignments: [Assignment(state, zeros([2], .int32))])
    }
    #expect(throws: GraphError("assign", "the state 'w' is assigned twice in one step")) {
      try Program("step", assignments: [Assignment(state, zeros([2])), Assignment(state, state.value + 1)])
    }
  }
}
