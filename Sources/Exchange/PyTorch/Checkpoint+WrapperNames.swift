package import Checkpoints

extension Checkpoint {
  /// What PyTorch's wrappers put before the names of a network's tensors: `DataParallel` and its kin, training frameworks.
  private static let prefixes = ["module.", "model."]
  /// What `torch.compile` puts into them, before the part that was compiled.
  private static let compiled = "_orig_mod."

  /// The same tensors under the names that they have in the network itself.
  ///
  /// A prefix goes if all names have it, and those of the network have not.
  ///
  /// - Parameter names: the network's own; those that Lemnos has begin with none of the prefixes.
  /// - Returns: also what was taken off, in its order.
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
