import Devices
import Execution
import Programs
import Tensors

extension GradientCheck {
  /// Compares a device's float32 gradients with the CPU's float64 ones, and these with differences, all at
  /// the same point.
  ///
  /// For devices without float64: float32 differences are useless, because their rounding error, about 10⁻⁷ f
  /// / h, is as large as the gradients.
  func float32Report(on device: any Backend) throws -> GradientReport {
    let cpu = try BackendChoice.reference.open(seed: seed).backend
    try moveBiasesOffZero(on: cpu)
    let lowered = InFloat32(namedGradients.map(\.tensor))
    for (state, twin) in lowered.states {
      let rounded = TensorValues(
        converting: try cpu.read(state).doubles, shape: state.shape, to: twin.dtype)
      try device.write(rounded, to: twin)
      try cpu.write(TensorValues(converting: rounded.doubles, shape: state.shape, to: state.dtype), to: state)
    }
    let (rows, formulas) = try differences(on: cpu)
    let executable = try device.compile(
      Program("gradients", outputs: zip(states, lowered.tensors).map { ($0.name, $1) }))
    try executable.run(steps: 1)
    let greatest = formulas.joined().reduce(0) { max($0, abs($1)) }
    let inFloat32 = try zip(states, formulas).enumerated().map { position, checked in
      let (state, formula) = checked
      let scale = formula.reduce(0.1 * greatest) { max($0, abs($1)) }
      let found = try executable.output(position).doubles
      return GradientReport.Row(
        name: state.name, .float64,
        // A least scale, because all gradients may be zero.
        zip(found, formula).map { ($0, $1, abs($0 - $1) / max(scale, .leastNormalMagnitude)) })
    }
    return GradientReport(backend: device.name, rows: rows + inFloat32)
  }
}
