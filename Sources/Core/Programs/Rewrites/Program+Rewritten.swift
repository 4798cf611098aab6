extension Program {
  /// The same program, lowered anew from its graph by exactly these rewrites of graphs.
  package func rewritten(by rewrites: Set<Rewrite>) -> Program {
    var counts: [Rewrite: Int] = [:]
    var rewritten = graph
    if rewrites.contains(.roundBeforeMovement) {
      counts[.roundBeforeMovement] = movementsOfRounded
    } else if movementsOfRounded > 0 {
      // Its entries are others than those of the program's graph, and so are of no origin.
      rewritten = unrounded.withRoundedOperands(moving: false).graph
    }
    for (rewrite, apply) in Rewrite.ofGraphs where rewrites.contains(rewrite) {
      let (graph, count) = apply(rewritten)
      (rewritten, counts[rewrite]) = (graph, count)
    }
    if Set(rewriteCounts.keys) == Rewrite.ofLowering, rewrites.isSuperset(of: Rewrite.ofLowering),
      counts.allSatisfy({ $0.key == .roundBeforeMovement || $0.value == 0 })
    {
      // Lowered so already.
      var program = self
      program.rewriteCounts.merge(counts) { $1 }
      return program
    }
    return Program(self, rewritten, by: rewrites, counts)
  }
}
