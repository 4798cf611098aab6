import Devices
import Sessions
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("Drawing the images of a step")
struct SamplingTests {
  private static func numbers(_ sampling: Sampling, step: Int32, on backend: BackendChoice = .cpu) throws
    -> [Int32]
  {
    try sampling.batch(
      100, of: 70, key: Tensor([Int32(4), 9], shape: [2]), counter: Tensor([step], shape: [])
    )
    .values(on: backend).elements()
  }

  @Test("with replacement takes every image equally often, some twice in a step")
  func withReplacement() throws {
    var counts = [Int](repeating: 0, count: 70)
    for step in 0..<200 {
      let batch = try Self.numbers(.withReplacement, step: Int32(step))
      #expect(batch.allSatisfy { (0..<70).contains($0) })
      #expect(Set(batch).count < 70, "100 of 70 have to repeat, and all 70 are hardly ever there")
      for number in batch { counts[Int(number)] += 1 }
    }
    // 20,000 draws of 70: 286 each on average, with a standard deviation of 17.
    #expect(counts.allSatisfy { (200...372).contains($0) })
  }

  @Test("with replacement is the same on Vulkan", .enabled(if: VulkanUnderTest.missing == nil))
  func vulkan() throws {
    #expect(
      try Self.numbers(.withReplacement, step: 3, on: .vulkan())
        == Self.numbers(.withReplacement, step: 3))
  }

  @Test("balanced takes each class equally often, and each of its images")
  func balanced() throws {
    // 60 of one class, 9 of another, one of a third, none of a fourth.
    let labels = (0..<70).map { $0 == 13 ? Int32(4) : $0 % 7 == 1 && $0 < 64 ? 1 : 0 }
    let classes = ClassRows(labels: labels)
    func draw(_ step: Int32, on backend: BackendChoice) throws -> [Int32] {
      try Sampling.balanced.batch(
        100, of: 70, key: Tensor([Int32(4), 9], shape: [2]), counter: Tensor([step], shape: []),
        classes: classes
      ).values(on: backend).elements()
    }
    var (ofClass, ofImage) = ([Int32: Int](), [Int](repeating: 0, count: 70))
    for step in 0..<60 {
      for number in try draw(Int32(step), on: .cpu) {
        ofClass[labels[Int(number)], default: 0] += 1
        ofImage[Int(number)] += 1
      }
    }
    // 6,000 draws of three: 2,000 each on average, with a standard deviation of 37.
    #expect(ofClass.keys.sorted() == [0, 1, 4] && ofClass.values.allSatisfy { (1850...2150).contains($0) })
    #expect(ofImage.allSatisfy { $0 > 0 } && ofImage[13] == ofClass[4])
    if VulkanUnderTest.missing == nil { #expect(try draw(7, on: .vulkan()) == draw(7, on: .cpu)) }
  }

  @Test("with replacement never leaves the set, even by the greatest number")
  func greatest() throws {
    // u = 1 − 2⁻²⁴ is the largest number drawn.
    for count in [1, 3, 49_000, 60_000, 65_536, 1_281_167] {
      let number = (Tensor(1 - 0x1p-24) * Double(count)).cast(to: .int32)
      #expect(try number.values().doubles[0] == Double(count - 1))
    }
  }
}
