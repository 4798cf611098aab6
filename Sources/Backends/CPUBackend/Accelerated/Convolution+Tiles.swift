import CKernels
import Programs
import ReferenceKernels
import Tensors

extension Accelerated {
  /// A convolution by the algorithm of its plan; nil if that is the reference.
  ///
  /// Fast because tiles of results stay in vector registers during the reduction over the window; filters are
  /// read from packed panels.
  ///
  /// - Parameters:
  ///   - result: nil if only the epilogue reads it.
  static func convolution(
    _ plan: ConvolutionPlan, _ inputs: [BufferView], _ result: BufferView?, _ epilogue: Epilogue?,
    _ workspace: Workspace
  ) -> [Work]? {
    let own = workspace.take(plan.workspaceCount(isStored: result != nil))
    let (a, b) = (inputs[0].pointer(to: Float.self), inputs[1].pointer(to: Float.self))
    let y = result?.pointer(to: Float.self)
    switch plan.form {
    case .reference: return nil
    case .phases(let phases):
      return convolution(plan.kernel, phases, x: a, weights: b, y: y, epilogue, in: own)
    case .col2im(let forward):
      return col2im(plan.kernel, forward, dy: a, weights: b, dx: y, epilogue, in: own)
    case .weightGradient(let windows, let parts):
      return weightGradient(plan.kernel, windows, parts, x: a, dy: b, dw: y, epilogue, in: own)
    case .depthwiseGradient(let windows, let parts):
      return depthwiseGradient(plan.kernel, windows, parts: parts, x: a, dy: b, dw: y, epilogue, in: own)
    case .winogradGradient(let windows, let tiling):
      return winogradGradient(plan.kernel, windows, tiling, x: a, dy: b, dw: y, epilogue, in: own)
    }
  }

  /// The forward pass, or an input gradient: packs filters, then multiplies.
  private static func convolution(
    _ kernel: ConvolutionKernel, _ phases: [ConvolutionPhase], x: UnsafePointer<Float>,
    weights: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>?, _ epilogue: Epilogue?,
    in own: UnsafeMutablePointer<Float>
  ) -> [Work] {
    let packing = packing(phases, weights: weights, in: own)
    guard let epilogue, !phases.haveContiguousUnits else {
      return [packing, multiplying(phases, x: x, weights: weights, y: y, epilogue, in: own)]
        .compactMap { $0 }
    }
    // A unit's results are not contiguous, so the epilogue runs after all of them are complete.
    let y = y ?? own + phases.packedCount
    return [
      packing, multiplying(phases, x: x, weights: weights, y: y, nil, in: own),
      Work(extent: kernel.resultCount, grain: epilogue.chain.grain) { range in
        epilogue.chain.run(range, local: UnsafePointer(y + range.lowerBound))
      },
    ].compactMap { $0 }
  }

  /// Packs filters into panels, phase after phase; nil where they are not packed in advance.
  private static func packing(
    _ phases: [ConvolutionPhase], weights: UnsafePointer<Float>, in packed: UnsafeMutablePointer<Float>
  ) -> Work? {
    let units = Units(phases.map(\.packingCount))
    guard units.count > 0 else { return nil }
    let perUnit = phases.reduce(0) { $0 + $1.packedCount } / max(units.count, 1)
    return Work(extent: units.count, grain: max(1, 16_384 / max(perUnit, 1))) { range in
      for (phase, part) in units.parts(of: range) {
        phases[phase].pack(part, of: weights, to: packed + phases[phase].offset)
      }
    }
  }

  private static func multiplying(
    _ phases: [ConvolutionPhase], x: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>?, _ epilogue: Epilogue?, in packed: UnsafeMutablePointer<Float>
  ) -> Work {
    let units = Units(phases.map(\.unitCount))
    return Work(extent: units.count, grain: 1) { range in
      for (phase, part) in units.parts(of: range) {
        var windows = phases[phase].windows
        windows.x = x
        if phases[phase].isByPanels {
          var filters = phases[phase].filters
          filters.weights = weights
          windows.y = y.map { $0 + phases[phase].first }
          lemnos_convolve_panels(&windows, &filters, Int64(part.lowerBound), Int64(part.upperBound))
          continue
        }
        windows.packed = UnsafePointer(packed + phases[phase].offset)
        if let y, !phases[phase].isWhole {
          windows.y = y + phases[phase].first
          lemnos_winograd_convolve(
            &windows, phases[phase].side, Int64(part.lowerBound), Int64(part.upperBound))
          continue
        }
        let perWindow = Int(windows.groups * windows.filters)
        for unit in part {
          let own = phases[phase].windows(ofUnit: unit)
          let made = own.lowerBound * perWindow..<own.upperBound * perWindow
          if let y {
            windows.y = y + phases[phase].first
          } else {
            windows.y = lemnos_scratch(LEMNOS_SCRATCH_RESULTS, Int64(made.count))
            windows.y_first = Int64(made.lowerBound)
          }
          phases[phase].compute(unit, of: &windows)
          epilogue?.chain.run(made, local: windows.y + (made.lowerBound - Int(windows.y_first)))
        }
      }
    }
  }
}
