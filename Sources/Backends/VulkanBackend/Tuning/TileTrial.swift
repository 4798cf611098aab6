import Programs
import ReferenceKernels
import VulkanDevice

/// Trials of tiles on one product with generated operands.
///
/// A tile's result is compared with the reference in a sample of elements, and bitwise with the default
/// tile's in all of them; guard memory around it must be intact.
final class TileTrial {
  enum Outcome {
    /// Seconds.
    case right(time: Double)
    case wrong(reason: String)
  }

  private let product: MatrixProduct
  private let device: Device
  private let kernels: KernelCache
  private let traits: DeviceTraits
  private let inputs: [BufferSlice]
  private let output: BufferSlice
  private let around: BufferSlice
  private let descriptors: DescriptorArena
  private let operands: (first: [Float], second: [Float])
  private let pool: TimestampPool?

  /// The result of the default tile.
  private var expected: [UInt32] = []

  /// Guard bytes before and after the result.
  private static let guardByteCount = 4096
  private static let guardWord: UInt32 = 0xA5A5_A5A5

  /// The number of elements compared with the reference.
  private static let sampleCount = 24

  /// - Parameter tiles: the maximum number of trials.
  init(
    _ product: MatrixProduct, tiles: Int, on device: Device, _ traits: DeviceTraits, _ kernels: KernelCache
  )
    throws(VulkanError)
  {
    (self.product, self.device, self.traits, self.kernels) = (product, device, traits, kernels)
    let extents = product.extents
    operands = (TileTrial.numbers(extents.first, seed: 1), TileTrial.numbers(extents.second, seed: 2))
    inputs = try [operands.first, operands.second].map { numbers throws(VulkanError) in
      let buffer = try device.makeBuffer(byteCount: 4 * numbers.count, memory: .device, label: "tuning")
      try device.upload(numbers, to: BufferSlice(buffer))
      return BufferSlice(buffer)
    }
    around = BufferSlice(
      try device.makeBuffer(
        byteCount: 4 * extents.result + 2 * TileTrial.guardByteCount, memory: .device, label: "tuning"))
    output = around[offset: TileTrial.guardByteCount, byteCount: 4 * extents.result]
    descriptors = try device.makeDescriptorArena(sets: tiles, descriptors: 3 * tiles)
    pool = try? device.makeTimestampPool(count: 2)
  }

  /// Evenly spread between −1 and 1; adjacent values differ.
  private static func numbers(_ count: Int, seed: UInt32) -> [Float] {
    (0..<count).map { place in
      let mixed = (UInt32(truncatingIfNeeded: place) &+ seed) &* 2_654_435_769
      return Float(Int32(bitPattern: mixed >> 8)) / Float(1 << 23) - 1
    }
  }

  /// Runs a tile, checks its result, and measures it; the first one must be the default tile.
  ///
  /// - Parameter limit: the duration in seconds above which it is not measured again.
  func run(_ tile: MatrixTile, limit: Double) throws -> Outcome {
    var traits = traits
    traits.tiles.forced = tile
    return try run(
      product.ordinaryPlan(on: traits), label: "\(product.key), \(tile)",
      spoils: traits.corrupted.contains(tile.description), limit: limit, fault: fault)
  }

  /// The duration in seconds of a dispatch of the same product, without checking its results.
  func seconds(_ plan: DispatchPlan, label: String) throws -> Double {
    guard case .right(let time) = try run(plan, label: label, spoils: false, limit: .infinity, fault: { nil })
    else { return .infinity }
    return time
  }

  private func run(
    _ plan: DispatchPlan, label: String, spoils: Bool, limit: Double, fault: () throws -> String?
  ) throws -> Outcome {
    let pipeline = try kernels.pipeline(for: plan, bufferCount: 3, label: label)
    let bindings = try descriptors.bind(pipeline, inputs + [output])
    func recording(fills: Bool) throws -> CommandBuffer {
      try device.record(label: "tuning") { recorder in
        if fills {
          // All ones in the result, a NaN, so that elements which are not written are detected.
          recorder.fill(around, word: TileTrial.guardWord)
          recorder.barrier()
          recorder.fill(output, word: .max)
          recorder.barrier()
        }
        if let pool {
          recorder.reset(pool)
          recorder.writeTimestamp(pool, 0)
        }
        plan.constants.withUnsafeBytes {
          recorder.dispatch(pipeline, bindings, pushConstants: $0, groups: plan.groups)
        }
        if let pool { recorder.writeTimestamp(pool, 1) }
        if spoils {
          recorder.barrier()
          recorder.fill(output, word: 0x4D4D_4D4D)
        }
      }
    }
    // The first run includes compilation on some drivers.
    _ = try time(recording(fills: true))
    if let reason = try fault() { return .wrong(reason: reason) }
    let again = try recording(fills: false)
    var best = try time(again)
    for _ in 0..<4 where best < limit { best = min(best, try time(again)) }
    return .right(time: best)
  }

  private func time(_ recording: CommandBuffer) throws -> Double {
    let start = ContinuousClock.now
    try device.wait(for: device.submit([recording]))
    guard let noted = try pool?.read(), noted[1] > noted[0] else {
      return (ContinuousClock.now - start) / .seconds(1)
    }
    return Double(noted[1] - noted[0]) * 1e-9
  }

  /// A description of an error in the result; nil if it is right.
  private func fault() throws -> String? {
    let words: [UInt32] = try device.download(around)
    let margin = TileTrial.guardByteCount / 4
    guard words.prefix(margin).allSatisfy({ $0 == TileTrial.guardWord }),
      words.suffix(margin).allSatisfy({ $0 == TileTrial.guardWord })
    else { return "it writes outside of its result" }
    let result = words.dropFirst(margin).dropLast(margin)
    for number in 0..<TileTrial.sampleCount {
      // The first, the last, and elements between at irregular distances.
      let last = result.count - 1
      let index =
        number == 0
        ? 0 : number == 1 ? last : Int(Double(number) * 0.618_033_988_75 * Double(last)) % result.count
      let (value, magnitude) = product.element(index, operands.first, operands.second)
      let found = Double(Float(bitPattern: result[result.startIndex + index]))
      guard abs(found - value) <= 1e-5 * magnitude + 1e-30 else {
        return "element \(index) is \(found), not \(value)"
      }
    }
    if expected.isEmpty { expected = Array(result) }
    guard result.elementsEqual(expected) else { return "some of its elements differ from the usual tile's" }
    return nil
  }
}

extension MatrixProduct {
  /// The reference for an element of the result, and the sum of the magnitudes of its terms.
  fileprivate func element(_ index: Int, _ a: [Float], _ b: [Float]) -> (value: Double, magnitude: Double) {
    switch self {
    case .matmul(let kernel): Reference.element(index, of: kernel, a, b)
    case .convolution(let kernel): Reference.element(index, of: kernel, a, b)
    }
  }

  /// Its dispatch with ordinary arithmetic.
  func ordinaryPlan(on traits: DeviceTraits) -> DispatchPlan {
    switch self {
    case .matmul(let kernel): .matmul(kernel, isFloat64: false, on: traits)
    case .convolution(let kernel): .convolution(kernel, isFloat64: false, on: traits)
    }
  }
}
