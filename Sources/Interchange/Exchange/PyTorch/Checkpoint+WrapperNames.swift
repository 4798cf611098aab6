package import Checkpoints

extension Checkpoint {
  /// The prefixes that PyTorch's wrappers add to tensor names: `DataParallel` and the like, training
  /// frameworks.
  private static let prefixes = ["module.", "model."]
  /// The prefix that `torch.compile` adds before the compiled part.
  private static let compiled = "_orig_mod."

  /// The same tensors under the network's own names.
  ///
  /// A prefix is removed if all names have it, and those of the network do not.
  ///
  /// - Parameter names: the network's own; those of Lemnos have none of the prefixes.
  /// - Returns: also the removed prefixes, in order.
  package func withoutWrapperNames(of names: [String] = []) -> (checkpoint: Checkpoint, removed: [String]) {
    var (checkpoint, removed) = (self, [String]())
    let plain = tensors.map { ($0.key.replacing(Self.compiled, with: ""), $0.value) }
    let isCompiled = tensors.keys.contains { $0.contains(Self.compiled) }
    if isCompiled, !names.contains(where: { $0.contains(Self.compiled) }),
      Set(plain.map(\.0)).count == plain.count
    {
      checkpoint.tensors = Dictionary(plain) { first, _ in first }
      removed.append(Self.compiled)
    }
    while let prefix = Self.prefixes.first(where: { checkpoint.isWrapped(in: $0, names) }) {
      checkpoint.tensors = Dictionary(
        checkpoint.tensors.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
      ) { first, _ in first }
      removed.append(prefix)
    }
    return (checkpoint, removed)
  }

  private func isWrapped(in prefix: String, _ names: [String]) -> Bool {
    !tensors.isEmpty && tensors.keys.allSatisfy { $0.hasPrefix(prefix) && $0.count > prefix.count }
      && !(names.first?.hasPrefix(prefix) ?? false)
  }
}
