import Lemnos

/// A matrix product of 1024³, and the three passes of a convolution of 64×64×32×32 with 64 filters of 3×3, on a Vulkan
/// device.
func benchmarkVulkan() throws {
  let (backend, reason) = try BackendChoice.vulkan().open()
  print("Vulkan: \(reason)")
  func input(_ name: String, _ shape: Shape) -> State {
    State(name, shape, role: .data, initial: .normal(standardDeviation: 1))
  }
  func measure(_ name: String, gflop: Double, _ tensor: Tensor) throws {
    let done = State("done", [], dtype: .int32, role: .progress)
    let executable = try backend.compile(
      Program(name, outputs: [("y", tensor)], assignments: [Assignment(done, done.value + 1)]))
    let timing = try Timing(seconds: 2) {
      try executable.run(steps: 1)
      _ = try backend.read(done)  // waits
    }
    print(
      "  \(name)  median \(text(timing.median)), minimum \(text(timing.minimum)): \(rounded(gflop / timing.median)) GFLOP/s"
    )
  }
  let (a, b) = (input("a", [1024, 1024]), input("b", [1024, 1024]))
  try measure("matmul 1024³", gflop: 2.147, matmul(a.value, b.value))
  let (x, w) = (input("x", [64, 64, 32, 32]), input("w", [64, 64, 3, 3]))
  let y = conv2D(x.value, w.value, WindowGeometry(padding: [1, 1, 1, 1]))
  let upstream = input("dy", [64, 64, 32, 32])
  try measure("convolution, forward", gflop: 4.832, y)
  for (name, state) in [("convolution, input gradient", x), ("convolution, weight gradient", w)] {
    let gradient = gradients(of: y, upstream: upstream.value, at: [state.value])[0]
    try measure(name, gflop: 4.832, gradient)
  }
}
