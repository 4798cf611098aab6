// Times the kernels: `swift run -c release opbench [words…]`. Rows of the op table whose description contains
// one of the words are timed on the CPU backend, accelerated and reference; without words, the larger
// benchmarks too. The word `vulkan` alone times the largest kernels on a Vulkan device; with a folder after
// it, it runs everything for Tools/gpu-bench and writes the results there. `lemnos bench` times training
// steps, and operations of the sizes that networks have.

import CPUBackend
import Glibc
import Lemnos
import Execution
import Programs
import Tensors
import TestSupport
import Workloads

let words = CommandLine.arguments.dropFirst()
if words.first == "vulkan", words.count <= 2 {
  var benchmark = try VulkanBenchmark()
  if let folder = words.dropFirst().first {
    try benchmark.everything(writingTo: folder)
  } else {
    try benchmark.kernels()
  }
  exit(0)
}
for row in OpTable.rows where words.isEmpty || words.contains(where: { row.description.contains($0) }) {
  let (accelerated, reference) = try (
    Timing(seconds: 0.05, row.runner(on: CPUBackend(.accelerated))),
    Timing(seconds: 0.05, row.runner(on: CPUBackend(.reference)))
  )
  let ratio = rounded(reference.median / accelerated.median)
  print("\(row)  \(text(accelerated.median))  reference \(text(reference.median))  ratio \(ratio)")
}

extension OpRow {
  /// A closure that computes the row repeatedly.
  func runner(on backend: any Backend) throws -> () throws -> Void {
    let inputs = self.inputs.enumerated().map { index, input in
      let values = input.values(.float32, seed: UInt64(index))
      return State("input \(index)", values.shape, dtype: values.dtype, role: .data, initial: .values(values))
    }
    let executable = try backend.compile(Program(operation, outputs: [("y", build(inputs.map(\.value)))]))
    return { try executable.run(steps: 1) }
  }
}
