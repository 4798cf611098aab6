import Programs
import Tensors
import VulkanDevice
import Wording

/// Finds the fastest tiles for the products of programs on one device.
final class Tuner {
  private(set) var table: TileTable

  private let device: Device
  private let save: (TileTable) -> Void

  /// Modules in place of shaders', by their names, for tests.
  private let replacements: [String: [UInt32]]

  /// Seconds that a quick search may still take.
  private var secondsLeft: Double

  /// Products tried, tiles tried, and tiles that were wrong, with the reason.
  private(set) var productCount = 0
  private(set) var tileCount = 0
  private(set) var wrong: [String] = []
  private var seconds = 0.0

  /// Seconds that a quick search takes at most, of all programs of a backend together.
  static let quickLimit = 2.0

  /// A tile has to be faster than the usual one by more than the clock's noise.
  private static let gain = 0.97

  init(
    _ tuning: Tuning, table: TileTable, on device: Device, replacing replacements: [String: [UInt32]] = [:],
    save: @escaping (TileTable) -> Void
  ) {
    self.replacements = replacements
    (self.table, self.device, self.save) = (table, device, save)
    secondsLeft = tuning == .full ? .infinity : tuning == .quick ? Tuner.quickLimit : 0
  }

  /// The products of a program that are faster by ordinary arithmetic than by the device's matrix units: what the table does not
  /// have is measured.
  ///
  /// - Parameter traits: the device's, with the units that may be used.
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
    // Those that take the most work first: time may run out.
    let kernelsByUnits = Set(program.instructions.map(\.kernel.product)).filter { units.uses.multiply($0) }
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

  /// Nil for a product that there is no room for, or that the trial would take too long for.
  private func faster(
    _ kernel: Kernel, _ product: MatrixProduct, with: DeviceTraits, without: DeviceTraits,
    _ kernels: KernelCache
  ) -> TileTable.Arithmetic? {
    guard product.iterations(parts: 1, without.tile(for: product, isFloat64: false)) <= LoopLimit.iterations,
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

  /// Tries tiles for the products of a program that the table does not have.
  ///
  /// - Parameter traits: the device's, as if nothing had been found.
  func tune(_ program: Program, _ traits: DeviceTraits) {
    let start = ContinuousClock.now
    let end = secondsLeft
    func left() -> Double { end - (ContinuousClock.now - start) / .seconds(1) }
    var found = false
    // Most of its pipelines are of no use afterwards.
    let kernels = KernelCache(device, disk: nil, replacing: replacements)
    for product in program.matrixProducts(on: traits) where left() > 0 {
      let form = MatrixForm(isFloat64: false, on: traits)
      // A trial computes a product at once: of one that is computed in parts the loop could be too long.
      let usual = traits.tile(for: product, isFloat64: false)
      guard table[product, form] == nil, product.iterations(parts: 1, usual) <= LoopLimit.iterations else {
        continue
      }
      // Not for want of memory: then the program itself will say so.
      guard let best = try? best(for: product, form, traits, kernels, left) else { continue }
      table.set(best, for: product)
      found = true
      productCount += 1
    }
    let taken = (ContinuousClock.now - start) / .seconds(1)
    (secondsLeft, seconds) = (end - taken, seconds + taken)
    if found { save(table) }
  }

  /// The fastest tile; nil when time ran out before two were tried.
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
      // One that cannot be compiled, or runs out of memory, is none.
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
    // Where nobody waits for it, also what the driver would have to compile for long, because it cannot keep it in registers.
    let keepsRegisters = secondsLeft == .infinity || 2 * tile.rowsEach * tile.columnsEach <= traits.registers
    return keepsRegisters && tile.groupSize <= limits.maxComputeWorkGroupInvocations
      && tile.groupSize <= limits.maxComputeWorkGroupSize
      && tile.sharedByteCount <= limits.maxComputeSharedMemory
  }

  /// What it did, or nil for nothing.
  var summary: String? {
    guard tileCount > 0 else { return nil }
    let faults = wrong.isEmpty ? "" : "; \(wrong.count) were wrong and are not used, such as \(wrong[0])"
    return
      "Tuned \(productCount) matrix products, by \(tileCount) trials in \(NumberText.decimal(seconds, 1)) s\(faults)."
  }
}

extension Program {
  /// The products of matrices in float32 by ordinary arithmetic, those that take the most work first.
  func matrixProducts(on device: DeviceTraits) -> [MatrixProduct] {
    var work: [MatrixProduct: Int] = [:]
    for instruction in instructions {
      let types = types(of: instruction)
      guard !(types.inputs + types.outputs).contains(.float64),
        DispatchPlan.byMatrixUnits(instruction.kernel, on: device) == nil
      else { continue }
      var kernels = [instruction.kernel]
      if case .fused(let fused) = instruction.kernel {
        kernels = fused.segments.compactMap { $0.contraction?.kernel }
      }
      for product in kernels.compactMap({ MatrixProduct($0) }) { work[product, default: 0] += product.work }
    }
    return work.sorted { ($0.value, $0.key.key) > ($1.value, $1.key.key) }.map(\.key)
  }
}
