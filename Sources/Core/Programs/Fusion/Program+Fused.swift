import Tensors

extension Program {
  /// The same program with instructions fused into `FusedKernel`s, for devices on which launching a kernel
  /// and moving values through memory dominate the cost.
  ///
  /// Rewritten before and on the way, as the policy says.
  package func fused(by policy: FusionPolicy) -> Program {
    let program = rewritten(by: policy.rewrites).mappingSteps { $0.fused(by: policy) }
    let work = DispatchWork(program, policy)
    let grouping = FusionGrouping(work, policy)
    let schedule = DispatchSchedule(work, grouping, policy)
    var assembly = DispatchAssembly(work, mergingReductions: policy.rewrites.contains(.mergeReductions))
    for (level, dispatches) in schedule.levels.enumerated() {
      for clusters in dispatches {
        assembly.add(
          clusters.compactMap { grouping.clusters[$0] }, extents: grouping.extentOf, level: level)
      }
    }
    var fused = assembly.program(like: program)
    let counts = [work.counts, grouping.counts, [.mergeReductions: assembly.merged]]
    for (rewrite, count) in counts.joined() where policy.rewrites.contains(rewrite) {
      fused.rewriteCounts[rewrite, default: 0] += count
    }
    return fused
  }
}

/// Emits clusters as instructions.
private struct DispatchAssembly {
  private let work: DispatchWork
  private var instructions: [Program.Instruction] = []
  private let mergesReductions: Bool

  /// The number of reductions that were merged into others.
  private(set) var merged = 0

  /// The items that read each value.
  private var readers: [Program.ValueID: [Int]] = [:]

  init(_ work: DispatchWork, mergingReductions: Bool) {
    self.work = work
    mergesReductions = mergingReductions
    for (index, item) in work.items.enumerated() {
      for input in item.inputs { readers[input, default: []].append(index) }
    }
  }

  mutating func add(
    _ clusters: [FusionGrouping.Cluster], extents: [Program.ValueID: FusionGroup.Extent], level: Int
  ) {
    let items = clusters.flatMap(\.items)
    let labels = items.map { work.items[$0].label }.filter { !$0.isEmpty }
      .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let label =
      labels.count > 3
      ? "\(labels[0]), \(labels[1]) and \(labels.count - 2) more" : labels.joined(separator: ", ")
    let flops = items.reduce(0) { $0 + work.items[$1].flops }
    if items.count == 1, work.items[items[0]].isOriginal || work.items[items[0]].isAlone {
      let item = work.items[items[0]]
      let replacement = work.replacement(
        in: clusters[0], stored: Set(item.outputs), readers: readers, extents: extents)
      instructions.append(
        Program.Instruction(
          kernel: item.kernel, inputs: item.inputs, outputs: item.outputs, level: level,
          replacements: replacement.map { [$0] } ?? [], label: label, flops: flops))
      return
    }
    var replacements: [Program.Replacement] = []
    var writer = SegmentWriter(work)
    let fusionGroups = mergesReductions ? clusters.mergingReductions : clusters
    merged += clusters.count - fusionGroups.count
    for cluster in fusionGroups {
      let members = Set(cluster.items)
      let stored = Set(
        cluster.items.flatMap { work.items[$0].outputs }.filter { output in
          if case .state = work.values[output].storage { return true }
          return work.outputs.contains(output) || (readers[output] ?? []).contains { !members.contains($0) }
        })
      let replacement = work.replacement(in: cluster, stored: stored, readers: readers, extents: extents)
      if let replacement { replacements.append(replacement) }
      writer.add(cluster, stored: stored, extents: extents, replacing: replacement)
    }
    instructions.append(
      Program.Instruction(
        kernel: .fused(writer.kernel), inputs: writer.inputs, outputs: writer.outputs, level: level,
        replacements: replacements, label: label, flops: flops))
  }

  /// The program of these instructions, without the values that never reach memory.
  func program(like original: Program) -> Program {
    var kept: [Program.ValueID: Program.ValueID] = [:]
    var values: [Program.Value] = []
    let number = { (value: Program.ValueID) -> Program.ValueID in
      if let known = kept[value] { return known }
      kept[value] = values.count
      values.append(work.values[value])
      return values.count - 1
    }
    let renumbered = instructions.map { instruction in
      Program.Instruction(
        kernel: instruction.kernel, inputs: instruction.inputs.map(number),
        outputs: instruction.outputs.map(number),
        level: instruction.level,
        replacements: instruction.replacements.map {
          Program.Replacement(result: number($0.result), replaced: number($0.replaced))
        }, label: instruction.label, flops: instruction.flops)
    }
    let outputs = original.outputs.map { (name: $0.name, value: number($0.value)) }
    return Program(original, values: values, instructions: renumbered, outputs: outputs)
  }
}

/// Builds the fusion groups of one dispatch and assigns its buffer indices.
private struct SegmentWriter {
  private let work: DispatchWork
  private(set) var kernel = FusedKernel(fusionGroups: [], buffers: [], inputBuffers: [], outputBuffers: [])
  private(set) var inputs: [Program.ValueID] = []
  private(set) var outputs: [Program.ValueID] = []
  private var bufferOfValue: [Program.ValueID: Int] = [:]
  private var bufferOfStorage: [Program.Storage: Int] = [:]

  init(_ work: DispatchWork) { self.work = work }

  mutating func add(
    _ cluster: FusionGrouping.Cluster, stored: Set<Program.ValueID>,
    extents: [Program.ValueID: FusionGroup.Extent], replacing replacement: Program.Replacement?
  ) {
    var parts: [FusionGroup.Part] = []
    var results: [FusionGroup.Result] = []
    var resultOf: [Program.ValueID: Int] = [:]
    for index in cluster.items {
      let item = work.items[index]
      let operands = item.inputs.map { input in
        resultOf[input].map { FusionGroup.Operand.result($0) } ?? .buffer(readBuffer(of: input))
      }
      let extent = extents[item.outputs[0]] ?? .elementwise
      parts.append(
        FusionGroup.Part(kernel: item.kernel, extent: extent, inputs: operands, firstResult: results.count))
      for output in item.outputs {
        resultOf[output] = results.count
        if let replacement, output == replacement.result {
          bufferOfValue[output] = readBuffer(of: replacement.replaced)
        }
        let buffer = stored.contains(output) ? writtenBuffer(of: output) : nil
        results.append(
          FusionGroup.Result(dtype: work.values[output].type.dtype, extent: extent, buffer: buffer))
      }
    }
    kernel.fusionGroups.append(FusionGroup(space: cluster.space, parts: parts, results: results))
  }

  private mutating func readBuffer(of value: Program.ValueID) -> Int {
    let buffer = buffer(of: value)
    if !inputs.contains(value) {
      inputs.append(value)
      kernel.inputBuffers.append(buffer)
      kernel.buffers[buffer].isRead = true
    }
    return buffer
  }

  private mutating func writtenBuffer(of value: Program.ValueID) -> Int {
    let buffer = buffer(of: value)
    outputs.append(value)
    kernel.outputBuffers.append(buffer)
    kernel.buffers[buffer].isWritten = true
    return buffer
  }

  private mutating func buffer(of value: Program.ValueID) -> Int {
    let storage = work.values[value].storage
    var isShared = true
    if case .arena = storage { isShared = false }
    if let known = isShared ? bufferOfStorage[storage] : bufferOfValue[value] { return known }
    let buffer = kernel.buffers.count
    kernel.buffers.append(
      FusedKernel.Buffer(dtype: work.values[value].type.dtype, isRead: false, isWritten: false))
    if isShared { bufferOfStorage[storage] = buffer } else { bufferOfValue[value] = buffer }
    return buffer
  }
}
