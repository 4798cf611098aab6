import Tensors

extension OpTable {
  private static let key = OpRow.Input.values(TensorValues([Int32(12_345), -67_890], shape: [2]))

  private static func counter(_ value: Int32) -> OpRow.Input { .values(TensorValues([value], shape: [])) }

  static let random: [OpRow] = [
    OpRow("uniform", "prime", [key, counter(3)], .exact, gradient: false) {
      randomUniform([7, 13], key: $0[0], counter: $0[1], stream: 5)
    },
    OpRow("uniform", "1024", [key, counter(0)], .exact, gradient: false) {
      randomUniform([1024], key: $0[0], counter: $0[1], stream: 0)
    },
    OpRow("shuffledBatch", "the third of 100 in 1009", [key, counter(2)], .exact, gradient: false) {
      shuffledBatch(100, of: 1009, key: $0[0], counter: $0[1])
    },
    OpRow("shuffledBatch", "a later epoch", [key, counter(12_345)], .exact, gradient: false) {
      shuffledBatch(7, of: 64, key: $0[0], counter: $0[1])
    },
    OpRow("shuffledBatch", "of one", [key, counter(9)], .exact, gradient: false) {
      shuffledBatch(1, of: 1, key: $0[0], counter: $0[1])
    },
  ]
}
