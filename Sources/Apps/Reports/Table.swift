/// A table of a report.
public struct Table: Hashable, Sendable {
  public enum Column: Hashable, Sendable {
    case text(String)
    /// Numbers, right-aligned.
    case number(String)
  }

  public struct Cell: Hashable, Sendable, ExpressibleByStringInterpolation {
    public enum Tone: String, Sendable {
      case plain, good, bad, dim
    }

    public let text: String
    public let tone: Tone

    public init(_ text: String, _ tone: Tone = .plain) {
      self.text = text
      self.tone = tone
    }

    public init(stringLiteral text: String) { self.init(text) }
  }

  public let columns: [Column]
  public let rows: [[Cell]]

  /// - Precondition: every row has a cell for each column.
  public init(_ columns: [Column], _ rows: [[Cell]]) {
    precondition(
      rows.allSatisfy { $0.count == columns.count }, "every row of a table has a cell for each column")
    self.columns = columns
    self.rows = rows
  }
}

extension Table.Column {
  var title: String {
    switch self {
    case .text(let title), .number(let title): title
    }
  }

  var isNumber: Bool {
    if case .number = self { true } else { false }
  }
}
