import Testing
import Wording

@Suite("A table of text")
struct TextTableTests {
  private static let table = {
    var table = TextTable([
      .text("kernel"), .text("layer"), .number("calls", rank: 0), .number("µs"), .number("GFLOP/s", rank: 1),
    ])
    table.add(["matmul", "1 (Dense)", "1", "1,234", "12.5"])
    table.add(["softmaxCrossEntropyGradient", "float32[50, 10]", "12", "5.0", ""])
    return table
  }()

  @Test("lines its columns up, text to the left and numbers to the right")
  func aligned() {
    #expect(
      Self.table.lines(width: .max) == [
        "kernel                       layer            calls     µs  GFLOP/s",
        "matmul                       1 (Dense)            1  1,234     12.5",
        "softmaxCrossEntropyGradient  float32[50, 10]     12    5.0",
      ])
  }

  @Test("cuts texts, and leaves numbers out by rank")
  func narrow() {
    #expect(
      Self.table.lines(width: 55) == [
        "kernel           layer            calls     µs  GFLOP/s",
        "matmul           1 (Dense)            1  1,234     12.5",
        "softmaxCrossEn…  float32[50, 10]     12    5.0",
      ])
    #expect(Self.table.lines(width: 46)[0].split(separator: " ") == ["kernel", "layer", "µs", "GFLOP/s"])
    #expect(Self.table.lines(width: 37)[0].split(separator: " ") == ["kernel", "layer", "µs"])
    for width in 20...80 {
      let lines = Self.table.lines(width: width)
      #expect(lines.allSatisfy { $0.count <= width }, "\(width)")
      #expect(lines[1].contains("1,234"))
    }
  }

  @Test("has room for what must stay, even where there is none")
  func tooNarrow() {
    #expect(Self.table.lines(width: 1)[1].hasSuffix("1,234"))
  }

  @Test("wrapped text breaks at spaces only")
  func wrapped() {
    #expect("a step takes 12 µs".wrapped(to: 8) == ["a step", "takes 12", "µs"])
    #expect("unbreakable words".wrapped(to: 3) == ["unbreakable", "words"])
    #expect("".wrapped(to: 3) == [""])
    #expect("all of it".wrapped(to: .max) == ["all of it"])
  }
}
