import Execution
import Programs
import Tensors
import VulkanDevice
import Wording

/// Finds the fastest tiles for the products of programs on one device.
final class Tuner {
  private(set) var table: TileTable

  private let device: Device
  private let save: (TileTable) -> Void

  /// Modules that replace shaders, by name, for tests.
  private let replacements: [String: [UInt32]]

  /// The remaining seconds of a quick search.
  private var secondsLeft: Double

  /// The numbers of products and tiles tried, and the tiles with wrong results, with the reason.
  private(set) var productCount = 0
  private(set) var tileCount = 0
  private(set) var wrong: [String] = []
  private var seconds = 0.0

  /// The time limit of quick searches in seconds, over all programs of a backend.
  static let quickLimit = 2.0

  /// A tile must beat the default one by more than the noise of the measurement.
  private static let gain = 0.97

  init(
    _ tuning: Tuning, table: TileTable, on device: Device, replacing replacements: [String: [UInt32]] = [:],
    save: @escaping (TileTable) -> Void
  ) {
    self.replacements = replacements
    (self.table, self.device, self.save) = (table, device, save)
    secondsLeft = tuning == .full ? .infinity : tuning == .quick ? Tuner.quickLimit : 0
  }

  /// The products of a program that are faster with ordinary arithmetic than on matrix units; products
  /// missing in the table are measured.
  ///
  /// - Parameter traits: the device's, with the usable units.
  func slowerByUnits(_ program: Program, _ traits: DeviceTraits) -> Set<Kernel> {
    guard var units = traits.units else { return [] }
    units.uses.slower = []
    let start = ContinuousClock.now
    let end = secondsLeft
    func left() -> Double { end - (ContinuousClock.now - start) / .seconds(1) }
    var (with, without) = (traits, traits)
    (with.units, without.units) = (units, nil)
    let kernels = KernelCache(device, disk: nil, replacing: replacements)
    var slower: Set<Kernel> = []
    var found = false
    // The most expensive first: time may run out.
    let kernelsByUnits = Set(program.instructionsWithSteps.map(\.instruction.kernel.product))
      .filter { units.uses.multiply($0) }
    let products = kernelsByUnits.compactMap { kernel in MatrixProduct(kernel).map { (kernel, $0) } }
      .sorted { ($0.1.work, $0.1.keyWithPrecision) > ($1.1.work, $1.1.keyWithPrecision) }
    for (kernel, product) in products {
      var known = table.arithmetic(of: product)
      if end == .infinity, known == .untriedUnits { known = nil }
      if known == nil {
        let tried = left() > 0 ? faster(kernel, product, with: with, without: without, kernels) : nil
        table.set(tried ?? .untriedUnits, for: product)
        found = true
      }
      if table.arithmetic(of: product) == .ordinary { slower.insert(kernel) }
    }
    let taken = (ContinuousClock.now - start) / .seconds(1)
    (secondsLeft, seconds) = (end - taken, seconds + taken)
    if found { save(table) }
    return slower
  }

  /// Nil if there is not enough memory or time for the trial.
  private func faster(
    _ kernel: Kernel, _ product: MatrixProduct, with: DeviceTraits, without: DeviceTraits,
    _ kernels: KernelCache
  ) -> TileTable.Arithmetic? {
    guard
      product.iterations(parts: 1, without.tile(for: product, isFloat64: false)) <= LoopLimit.perInvocation,
      let plan = DispatchPlan.byMatrixUnits(kernel, on: with),
      let trial = try? TileTrial(product, tiles: 2, on: device, without, kernels),
      let byUnits = try? trial.seconds(plan, label: "\(product.key), by matrix units"),
      let ordinary = try? trial.seconds(
        product.ordinaryPlan(on: without), label: "\(product.key), by ordinary arithmetic")
    else { return nil }
    productCount += 1
    tileCount += 2
    return byUnits <= ordinary ? .units : .ordinary
  }

  /// Tries tiles for the products of a program that the table lacks.
  ///
  /// - Parameter traits: the device's, with an empty table.
  func tune(_ program: Program, _ traits: DeviceTraits) {
    let start = ContinuousClock.now
    let end = secondsLeft
    func left() -> Double { end - (ContinuousClock.now - start) / .seconds(1) }
    var found = false
    // A separate cache, because most of its pipelines are discarded.
    let kernels = KernelCache(device, disk: nil, replacing: replacements)
    for product in program.matrixProducts(on: traits) where left() > 0 {
      let form = MatrixForm(isFloat64: false, on: traits)
      // A trial does not split the product: for a split-K product its loop could exceed the limit.
      let usual = traits.tile(for: product, isFloat64: false)
      guard table[product, form] == nil, product.iterations(parts: 1, usual) <= LoopLimit.perInvocation else {
        continue
      }
      // If memory is short, the program itself will report it.
      guard let best = try? best(for: product, form, traits, kernels, left) else { continue }
      table.set(best, for: product)
      found = true
      productCount += 1
    }
    let taken = (ContinuousClock.now - start) / .seconds(1)
    (secondsLeft, seconds) = (end - taken, seconds + taken)
    if found { save(table) }
  }

  /// The fastest tile; nil if time ran out before two were tried.
  private func best(
    for product: MatrixProduct, _ form: MatrixForm, _ traits: DeviceTraits, _ kernels: KernelCache,
    _ left: () -> Double
  ) throws -> MatrixTile? {
    let usual = traits.tile(for: product, isFloat64: false)
    let others = MatrixTile.candidates(form).filter { $0 != usual && fits($0, traits) }
    let trial = try TileTrial(product, tiles: others.count + 1, on: device, traits, kernels)
    guard case .right(let usualTime) = try trial.run(usual, limit: .infinity) else { return nil }
    var best = (tile: usual, time: usualTime * Tuner.gain)
    var tried = 1
    for tile in others where left() > 0 {
      // A tile that cannot be compiled, or runs out of memory, is skipped.
      guard let outcome = try? trial.run(tile, limit: 2 * best.time) else { continue }
      tried += 1
      switch outcome {
      case .right(let time): if time < best.time { best = (tile, time) }
      case .wrong(let reason): wrong.append("\(product.key), \(tile): \(reason)")
      }
    }
    tileCount += tried
    return tried > 1 ? best.tile : nil
  }

  private func fits(_ tile: MatrixTile, _ traits: DeviceTraits) -> Bool {
    let limits = device.limits
    // A full search also tries tiles that spill registers, which take drivers long to compile.
    let keepsRegisters = secondsLeft == .infinity || 2 * tile.rowsEach * tile.columnsEach <= traits.registers
    return keepsRegisters && tile.groupSize <= limits.maxComputeWorkGroupInvocations
      && tile.groupSize <= limits.maxComputeWorkGroupSize
      && tile.sharedByteCount <= limits.maxComputeSharedMemory
  }

  /// A summary of its work; nil if there was none.
  var summary: String? {
    guard tileCount > 0 else { return nil }
    let faults = wrong.isEmpty ? "" : "; \(wrong.count) were wrong and are not used, such as \(wrong[0])"
    return
      "Tuned \(productCount) matrix products, by \(tileCount) trials in \(NumberText.decimal(seconds, 1)) s\(faults)."
  }
}

extension Program {
  /// The float32 matrix products on ordinary units, the most expensive first.
  func matrixProducts(on device: DeviceTraits) -> [MatrixProduct] {
    var work: [MatrixProduct: Int] = [:]
    for instruction in instructions {
      let types = types(of: instruction)
      guard !(types.inputs + types.outputs).contains(.float64),
        DispatchPlan.byMatrixUnits(instruction.kernel, on: device) == nil
      else { continue }
      var kernels = [instruction.kernel]
      if case .fused(let fused) = instruction.kernel {
        kernels = fused.fusionGroups.compactMap { $0.contraction?.kernel }
      }
      for product in kernels.compactMap({ MatrixProduct($0) }) { work[product, default: 0] += product.work }
    }
    return work.sorted { ($0.value, $0.key.key) > ($1.value, $1.key.key) }.map(\.key)
  }
}
