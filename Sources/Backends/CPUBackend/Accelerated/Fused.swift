import CKernels
import Programs
import ReferenceKernels
import Tensors

/// A fused kernel: independent fusion groups side by side, each a sequence of phases.
struct FusedWork {
  private let kernel: FusedKernel
  private let buffers: [BufferView]
  private let workspace: Workspace

  /// - Parameters:
  ///   - inputs: the memory of the instruction's inputs; `outputs` likewise.
  init(_ kernel: FusedKernel, inputs: [BufferView], outputs: [BufferView], _ workspace: Workspace) {
    self.kernel = kernel
    self.workspace = workspace
    var buffers: [Int: BufferView] = [:]
    for (buffer, view) in zip(kernel.inputBuffers + kernel.outputBuffers, inputs + outputs) {
      buffers[buffer] = view
    }
    self.buffers = kernel.buffers.indices.map { buffer in
      guard let view = buffers[buffer] else {
        preconditionFailure("buffer \(buffer) of \(kernel.composition) belongs to no value")
      }
      return view
    }
  }

  /// The phases of all fusion groups; those with the same index run side by side.
  var phases: [Work] {
    let fusionGroups = kernel.fusionGroups.map { group -> [Work] in
      let parts = GroupMemory(group, buffers, of: kernel)
      if group.contraction != nil { return contraction(parts) }
      if case .pooling(let kernel) = group.parts[0].kernel { return [pooling(kernel, parts)] }
      return group.space.isReduced ? FusedReduction(parts, workspace).phases : elements(parts)
    }
    let count = fusionGroups.map(\.count).max() ?? 0
    return (0..<count).map { phase in
      Work(sideBySide: fusionGroups.filter { $0.count > phase }.map { $0[phase] })
    }
  }

  /// A group without reductions.
  private func elements(_ parts: GroupMemory) -> [Work] {
    var chain = PartChain(parts)
    for part in parts.group.parts.indices { chain.add(part, storing: true) }
    let built = chain.build()
    return [Work(extent: parts.group.space.count, grain: built.grain) { built.run($0) }]
  }

  /// Argmax indices and maxima, or one of the two.
  private func pooling(_ kernel: PoolingKernel, _ parts: GroupMemory) -> Work {
    let results = parts.group.results.map { $0.buffer.map { buffers[$0] } }
    let inputs = parts.group.parts[0].inputs.map { parts.view(of: $0) }
    let work =
      results.count == 2
      ? Accelerated.pooling(kernel, inputs[0], places: results[0], elements: results[1])
      : results[0].flatMap { Accelerated.pooling(kernel, inputs, $0) }
    guard let work else { preconditionFailure("\(parts.group.composition) is not computed with others") }
    return work
  }

  /// A product with its epilogue, which reads results while they are in the cache.
  private func contraction(_ parts: GroupMemory) -> [Work] {
    let (product, group) = (parts.group.parts[0], parts.group)
    let stored = group.results[product.firstResult].buffer.map { buffers[$0] }
    var epilogue: Epilogue?
    if group.parts.count > 1 {
      var chain = PartChain(parts)
      chain.setLocal(result: product.firstResult)
      var sums: Epilogue.Sums?
      for (number, part) in group.parts.enumerated().dropFirst() {
        if case .reduction(let sum) = part.kernel {
          chain.reduce(number, reduced: sum.reduced, inner: 1, rows: 0)
          let totals = parts.totals(of: part)
          sums = Epilogue.Sums(length: sum.reduced, totals: (sums?.totals ?? []) + [totals])
        } else {
          chain.add(number, storing: true)
        }
      }
      epilogue = Epilogue(chain: chain.build(), sums: sums)
    }
    let inputs = product.inputs.map { parts.view(of: $0) }
    switch product.kernel {
    case .matmul(let kernel):
      return [Accelerated.matmul(kernel, inputs, stored, epilogue)]
    case .convolution(let kernel):
      let plan = ConvolutionPlan(kernel)
      if let work = Accelerated.convolution(plan, inputs, stored, epilogue, workspace) {
        return work
      }
    default: break
    }
    preconditionFailure("\(product.kernel.name) is no product that the CPU computes with others")
  }
}

/// The epilogue of a product: its result is the chain's local input.
struct Epilogue: @unchecked Sendable {
  // Each total is written by one thread only.

  /// Sums of `length` adjacent elements each: whole rows of a matrix product.
  struct Sums {
    let length: Int
    let totals: [UnsafeMutablePointer<Float>]
  }

  let chain: Chain
  var sums: Sums?

  /// - Parameters:
  ///   - elements: with sums, whole multiples of their length.
  ///   - local: the product's result for the first of them.
  func run(_ elements: Range<Int>, local: UnsafePointer<Float>) {
    guard let sums else { return chain.run(elements, local: local) }
    // One sum at a time, so that the order of additions does not depend on fusion.
    let totals = sums.totals.map { Optional($0) }
    for first in stride(from: elements.lowerBound, to: elements.upperBound, by: sums.length) {
      for total in sums.totals { total[first / sums.length] = 0 }
      chain.run(
        first..<first + sums.length, local: local + (first - elements.lowerBound), totals: totals)
    }
  }
}

/// A group, and the memory of its operands.
struct GroupMemory {
  let group: FusionGroup
  let buffers: [BufferView]

  /// The dispatch that the group is of.
  let kernel: FusedKernel

  init(_ group: FusionGroup, _ buffers: [BufferView], of kernel: FusedKernel) {
    (self.group, self.buffers, self.kernel) = (group, buffers, kernel)
  }

  /// The memory of a sum that the group stores.
  func totals(of part: FusionGroup.Part) -> UnsafeMutablePointer<Float> {
    guard let buffer = group.results[part.firstResult].buffer else {
      preconditionFailure("a sum of \(group.composition) is not stored")
    }
    return buffers[buffer].pointer(to: Float.self)
  }

  func view(of operand: FusionGroup.Operand) -> BufferView {
    guard case .buffer(let buffer) = operand else {
      preconditionFailure("\(group.composition) reads a result where it reads memory")
    }
    return buffers[buffer]
  }
}

/// Some of a group's parts as one chain.
struct PartChain {
  private let parts: GroupMemory
  private var builder = ChainBuilder()
  private var registers: [Int: ChainBuilder.Register] = [:]

  /// The memory of kept results that the chain reads, by index.
  private let kept: [Int: BufferView]

  init(_ parts: GroupMemory, kept: [Int: BufferView] = [:]) { (self.parts, self.kept) = (parts, kept) }

  mutating func setLocal(result: Int) { registers[result] = builder.local() }

  /// - Parameter views: the memory of results without a buffer, or instead of it.
  mutating func add(_ number: Int, storing: Bool, at views: [Int: BufferView] = [:]) {
    let part = parts.group.parts[number]
    guard case .pointwise(let kernel) = part.kernel else {
      preconditionFailure("\(part.kernel.name) is not computed element by element")
    }
    let results = builder.add(kernel, part.inputs.map(operand))
    for (result, register) in zip(part.firstResult..., results) {
      registers[result] = register
      guard storing else { continue }
      let buffer = parts.group.results[result].buffer.map { parts.buffers[$0] }
      if let view = views[result] ?? buffer { builder.store(register, to: view) }
    }
  }

  private func operand(_ operand: FusionGroup.Operand) -> ChainBuilder.Operand {
    switch operand {
    case .buffer(let buffer): return .memory(parts.buffers[buffer])
    case .result(let result):
      if let register = registers[result] { return .register(register) }
      guard let view = kept[result] else {
        preconditionFailure("result \(result) is read before it is there")
      }
      return .memory(view)
    }
  }

  /// Reduces the input of a part.
  mutating func reduce(_ number: Int, reduced: Int, inner: Int, rows: Int) {
    let part = parts.group.parts[number]
    let register: ChainBuilder.Register
    switch operand(part.inputs[0]) {
    case .register(let known): register = known
    case .memory(let view): register = builder.load(view)
    }
    builder.reduce(register, reduced: reduced, inner: inner, rows: rows)
  }

  func build() -> Chain { builder.build() }
}

extension Work {
  /// Several works as one, of which each thread gets a share.
  init(sideBySide works: [Work]) {
    guard works.count != 1 else {
      self = works[0]
      return
    }
    // Each piece counts as the number of units it can be split into.
    let counts = works.map { max(1, $0.extent / max($0.grain, 1)) }
    let units = Units(counts)
    self.init(extent: units.count, grain: 1) { range in
      for (piece, part) in units.parts(of: range) {
        let (work, count) = (works[piece], counts[piece])
        let own = work.extent * part.lowerBound / count..<work.extent * part.upperBound / count
        if !own.isEmpty { work.body(own) }
      }
    }
  }
}
