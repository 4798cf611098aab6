import Lemnos
import Reports
import Wording

extension Part {
  static let speed = Part(name: "speed", title: "Naive against fast") { reproduction in
    var fast: [(name: String, choice: BackendChoice)] = [("CPU", .cpu)]
    if case .vulkan = reproduction.backend { fast.append(("Vulkan", reproduction.backend)) }
    var columns: [Table.Column] = [.text("pass"), .number("plain loops")]
    for backend in fast { columns += [.number(backend.name), .number("speed-up"), .number("difference")] }
    let rows = try SpeedCase.all.map { row in
      try reproduction.check()
      let naive = try row.measure(on: .reference)
      var cells = [Table.Cell(row.name), Table.Cell(milliseconds(naive.seconds))]
      for backend in fast {
        let measured = try row.measure(on: backend.choice)
        cells += [
          Table.Cell(milliseconds(measured.seconds)),
          Table.Cell(NumberText.decimal(naive.seconds / measured.seconds, 0) + "×"),
          Table.Cell(measured.difference(from: naive)),
        ]
      }
      return cells
    }
    return Result(blocks: [
      .paragraph(
        "The notebook's sizes: convolution of 100×3×31×31 with 25 filters of 3×3, stride 2, padding 1, and 2×2 max pooling "
          + "of 100×3×32×32. The plain loops are this program's own, compiled; a notebook's loops in Python took 2,588 and "
          + "3,199 ms for the convolution and 203 and 493 ms for the pooling, forward and backward, where they were measured."
      ),
      .table(Table(columns, rows)),
    ])
  }

  private static func milliseconds(_ seconds: Double) -> String {
    NumberText.decimal(seconds * 1e3, 3) + " ms"
  }
}
