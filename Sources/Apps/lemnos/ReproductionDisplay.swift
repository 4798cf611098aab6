import CS231n
import Reports
import Wording

/// The progress output of a reproduction: a line for each finished part and experiment and, on a terminal, an
/// updating status line.
struct ReproductionDisplay {
  private var experiment = ""
  private var accuracies: [Double] = []
  private var seconds = 0.0

  mutating func show(_ event: Reproduction.Event) {
    switch event {
    case .part(let title):
      clear()
      Terminal.write("\(title)\n")
    case .run(let name, let number, let count, let took, let accuracy):
      if name != experiment { (experiment, accuracies, seconds) = (name, [], 0) }
      accuracies.append(accuracy)
      seconds += took
      let band = Band(of: accuracies)
      var line = "  \(name): validation accuracy \(NumberText.decimal(band.mean, 3))"
      if count > 1 { line += " ± \(NumberText.decimal(band.deviation, 3)), run \(number) of \(count)" }
      line += ", \(NumberText.decimal(seconds, 1)) s"
      if number == count {
        clear()
        Terminal.write(line + "\n")
      } else if Terminal.isInteractive {
        clear()
        Terminal.write(String(line.prefix(Terminal.width - 1)))
      }
    }
  }

  /// Clears the status line.
  func clear() {
    if Terminal.isInteractive { Terminal.write("\r\(Terminal.clearing)") }
  }
}
