public import Pictures

/// A document of text, tables and figures, rendered as HTML or Markdown.
public struct Report: Hashable, Sendable {
  public let title: String
  public let introduction: [Block]
  public let sections: [Section]

  public init(_ title: String, introduction: [Block], sections: [Section]) {
    self.title = title
    self.introduction = introduction
    self.sections = sections
  }

  public struct Section: Hashable, Sendable {
    public let title: String
    public let blocks: [Block]

    public init(_ title: String, _ blocks: [Block]) {
      self.title = title
      self.blocks = blocks
    }
  }

  public enum Block: Hashable, Sendable {
    case paragraph(String)
    /// As it is, line by line.
    case preformatted(String)
    case table(Table)
    /// Side by side where there is room.
    case figures([Figure])
  }

  public struct Figure: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
      case chart(Chart)
      case picture(Picture)
    }

    /// The name of its file without extension, unique in the report.
    public let name: String
    public let caption: String
    public let content: Content

    public init(_ name: String, _ content: Content, caption: String) {
      self.name = name
      self.caption = caption
      self.content = content
    }
  }
}
