import Tensors
import Testing

@testable import Checkpoints

@Suite("Adapters in a checkpoint")
struct AdapterTests {
  private func values(_ shape: Shape, _ number: (Int) -> Double) -> TensorValues {
    TensorValues((0..<shape.count).map { Float(number($0)) }, shape: shape)
  }

  /// A matrix [2, 3] with one rank, and filters [2, 1, 1, 2] with one.
  private func checkpoint(_ lora: LoRA) -> Checkpoint {
    Checkpoint(
      tensors: [
        "a.weight": values([2, 3]) { Double($0) }, "a.weight.lora_A": values([2, 1]) { [1, -2][$0] },
        "a.weight.lora_B": values([1, 3]) { [0.5, 0, 1][$0] },
        "b.weight": values([2, 1, 1, 2]) { [3, 4, 0, 2][$0] },
        "b.weight.lora_A": values([1, 1, 1, 2]) { [1, 2][$0] },
        "b.weight.lora_B": values([2, 1, 1, 1]) { [0, -1][$0] }, "c": values([2]) { Double($0) },
        "best.c": values([2]) { Double($0) },
      ], metadata: [Checkpoint.loraKey: lora.description])
  }

  @Test("are merged by their formula, and leave the network")
  func merging() throws {
    let whole = checkpoint(LoRA(rank: 1, alpha: 2))
    let merged = try whole.mergingAdapters(path: "run")
    #expect(merged.tensors["a.weight"]?.doubles == [1, 1, 4, 1, 4, 1])
    #expect(merged.tensors["b.weight"]?.doubles == [3, 4, -2, -2])
    #expect(merged.tensors["c"] == whole.tensors["c"] && merged.metadata.isEmpty && !merged.hasAdapters)
    #expect(whole.withoutAdapters.tensors["a.weight"] == whole.tensors["a.weight"])
    #expect(whole.withoutAdapters.tensors.count == 4)
    #expect(try merged.mergingAdapters(path: "run") == merged)
  }

  @Test("of DoRA give each output its magnitude")
  func decomposed() throws {
    var whole = checkpoint(LoRA(rank: 1, alpha: 2, decomposed: true))
    whole.tensors["a.weight.lora_magnitude"] = values([3]) {
      Double([2, 34, 17][$0]).squareRoot()
    }
    whole.tensors["b.weight.lora_magnitude"] = values([2]) { Double([100, 8][$0]).squareRoot() }
    let merged = try whole.mergingAdapters(path: "run")
    // Columns of norms √2, √17 and √17; filters of norms 5 and √8.
    let root = Double(2).squareRoot()
    let expected = [1, root, 4, 1, 4 * root, 1]
    for (found, expected) in zip(try #require(merged.tensors["a.weight"]).doubles, expected) {
      #expect(abs(found - expected) < 1e-6 * abs(expected))
    }
    for (found, expected) in zip(try #require(merged.tensors["b.weight"]).doubles, [6.0, 8, -2, -2]) {
      #expect(abs(found - expected) < 1e-6 * abs(expected))
    }
  }

  @Test("are refused where they are not of their weights")
  func refusals() throws {
    func refusal(_ change: (inout Checkpoint) -> Void) -> String {
      var changed = checkpoint(LoRA(rank: 1, alpha: 2))
      change(&changed)
      do throws(CheckpointError) {
        _ = try changed.mergingAdapters(path: "run")
        return ""
      } catch { return error.reason }
    }
    #expect(refusal { _ in } == "")
    #expect(
      refusal { $0.metadata = [:] }.contains("have no 'lemnos.lora' that says by which factor they count"))
    #expect(
      refusal { $0.metadata[Checkpoint.loraKey] = "rank=0" }.contains(
        "the rank of a low-rank adaptation is 0"))
    #expect(
      refusal { $0.tensors["a.weight"] = nil }.contains("has adapters of 'a.weight', but no 'a.weight'"))
    #expect(
      refusal { $0.tensors["a.weight"] = values([6]) { Double($0) } }.contains("which is [6] and no matrix"))
    #expect(
      refusal { $0.tensors["a.weight.lora_A"] = values([3, 1]) { Double($0) } }.contains(
        "holds 'a.weight.lora_A' as [3, 1] and 'a.weight.lora_B' as [1, 3], which do not make a matrix beside 'a.weight' [2, 3]"
      ))
    let empty = TensorValues(bytes: [], shape: [0, 1 << 40, 1 << 40], dtype: .float32)
    #expect(refusal { $0.tensors["a.weight"] = empty }.contains("and no matrix or filters"))
    #expect(refusal { $0.tensors["a.weight.lora_A"] = values([2, 0]) { Double($0) } }.contains("[2, 0]"))
    #expect(
      refusal { $0.tensors["a.weight.lora_B"] = values([3]) { Double($0) } }.contains(
        "as [3], which do not make"))
    #expect(
      refusal { $0.tensors["b.weight.lora_B"] = values([2, 1, 1, 1]) { _ in .infinity } }.contains(
        "infinity (2 of 2"))
    #expect(
      refusal { $0.tensors["b.weight.lora_magnitude"] = values([3]) { Double($0) } }.contains(
        "as [3], but 'b.weight' [2, 1, 1, 2] has 2 outputs"))
  }
}
