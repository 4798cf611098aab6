import Files
import Execution
import Programs
import Shaders
import Tensors
import VulkanDevice

extension VulkanBackend {
  /// True if the device's matrix units agree with its ordinary arithmetic in a precision, in small products
  /// of every kind.
  ///
  /// Checked once per device, driver and kernel version; the outcome is cached.
  func areRight(_ units: CooperativeUnits, in precision: Precision) -> Bool {
    let key = CacheKey.matrixUnitCheck(of: self, units, precision)
    let known = disk?.payload(of: key)
    if let known, known == MatrixUnitCheck.right || known == MatrixUnitCheck.wrong {
      return known == MatrixUnitCheck.right
    }
    // A kernel that crashes the process or machine must not be retried for ever; but a check may also be
    // interrupted.
    let trial = 1 + (known.flatMap { MatrixUnitCheck.trial($0) } ?? 0)
    guard trial <= MatrixUnitCheck.mostTrials else { return false }
    disk?.keep(MatrixUnitCheck.begun(trial), under: key)
    var tried = units
    (tried.uses, tried.leastLargeTiles) = (MatrixUnits(precisions: [precision], leastFlops: 0), 1)
    var (with, without) = (traits, traits)
    (with.units, without.units) = (tried, nil)
    let isRight =
      (try? MatrixUnitCheck.programs(precision).allSatisfy { program in
        MatrixUnitCheck.agree(
          try result(of: program, on: with).doubles, try result(of: program, on: without).doubles)
      }) ?? false
    disk?.keep(isRight ? MatrixUnitCheck.right : MatrixUnitCheck.wrong, under: key)
    return isRight
  }

  private func result(of program: Program, on traits: DeviceTraits) throws -> TensorValues {
    let executable = try VulkanExecutable(
      planned(program, on: traits), on: device, traits: traits, kernels: kernels
    ) { state in preconditionFailure("the check of matrix units has no states, but asks for '\(state.name)'")
    }
    try executable.run(steps: 1)
    return try executable.output(0)
  }
}

/// The check of matrix units.
private enum MatrixUnitCheck {
  static let right = Array("right".utf8)
  static let wrong = Array("wrong".utf8)

  /// The maximum number of unfinished checks.
  static let mostTrials = 2

  /// The record of a check in progress, with its number.
  static func begun(_ trial: Int) -> [UInt8] { Array("begun \(trial)".utf8) }
  static func trial(_ bytes: [UInt8]) -> Int? {
    let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    return words.count == 2 && words[0] == "begun" ? Int(words[1]) : nil
  }

  /// Products of sizes with remainders, in large and small tiles, and split-K.
  static func programs(_ precision: Precision) throws -> [Program] {
    var count = 0
    func tensor(_ shape: Shape) -> Tensor {
      count += 1
      return Tensor(values(shape, seed: count))
    }
    func product(_ a: Tensor, _ b: Tensor) -> Tensor { matmul(a, b, precision: precision) }
    func convolutions(_ x: Shape, _ w: Shape, _ y: Shape, _ geometry: WindowGeometry, groups: Int) -> [Tensor]
    {
      let (x, w, dy) = (tensor(x), tensor(w), tensor(y))
      let y = conv2D(x, w, geometry, groups: groups, precision: precision)
      return [y] + gradients(of: y, upstream: dy, at: [x, w])
    }
    let padded = WindowGeometry(stride: [1, 1], padding: [1, 1, 1, 1])
    let strided = WindowGeometry(stride: [2, 1], padding: [1, 0, 2, 1], dilation: [1, 2])
    let results =
      [
        product(tensor([150, 75]), tensor([75, 141])),
        product(tensor([75, 70]).transposed(), tensor([83, 75]).transposed()),
        product(tensor([33, 600]), tensor([600, 40])),
      ]
      + convolutions([2, 16, 9, 9], [128, 16, 3, 3], [2, 128, 9, 9], padded, groups: 1)
      + convolutions([2, 32, 9, 9], [34, 16, 3, 3], [2, 34, 4, 8], strided, groups: 2)
    return try results.map { try Program("check of matrix units", outputs: [("y", $0)]) }
  }

  /// Between −1 and 1, all distinct.
  private static func values(_ shape: Shape, seed: Int) -> TensorValues {
    let numbers = (0..<shape.count).map { place in
      let turn = (Double(place) + 0.37 * Double(seed)) * 0.618_033_988_749_894_9
      return Float(2 * (turn - turn.rounded(.down)) - 1)
    }
    return TensorValues(numbers, shape: shape)
  }

  /// Both sum exact products in float32, in different orders; tf32 units drop up to 2⁻¹⁶ of each product.
  ///
  /// Narrow accumulators or misplaced elements deviate by more. All zeros does not count as agreement: then
  /// nothing was computed.
  static func agree(_ a: [Double], _ b: [Double]) -> Bool {
    let greatest = b.reduce(0) { max($0, abs($1)) }
    return greatest > 0 && a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= greatest / 16_384 }
  }
}

extension CacheKey {
  /// The key of a matrix-unit check: depends on the driver and the kernels.
  static func matrixUnitCheck(
    of backend: VulkanBackend, _ units: CooperativeUnits, _ precision: Precision
  ) -> CacheKey {
    let modules = Shader.cooperative(precision).map { $0.spirv().withUnsafeBytes { Array($0) } }
    let unit = units.units[precision].map { "\($0.rows) \($0.columns) \($0.depth)" } ?? ""
    return CacheKey(
      "matrix-units",
      parts: backend.device.physicalDevice.identity + modules
        + [Array("\(precision.rawValue) \(units.subgroupSize) \(unit)".utf8)])
  }
}
