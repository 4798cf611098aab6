import ArgumentParser

/// The command `lemnos bench`.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how fast this machine computes.",
    discussion: """
      Examples:
        lemnos bench steps
        lemnos bench steps --workload resnet18 --batch-size 1,32
        lemnos bench ops --filter convolution
        lemnos bench assignment
        lemnos bench contention
      """,
    subcommands: [
      BenchSteps.self, BenchOperations.self, BenchLoops.self, BenchLatency.self, BenchAssignment.self,
      BenchContention.self,
    ])
}
