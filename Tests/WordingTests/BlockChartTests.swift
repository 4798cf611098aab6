import Testing
import Wording

@Suite("A chart of blocks")
struct BlockChartTests {
  @Test("goes from the least number, which is seen, to the greatest")
  func sparkline() {
    #expect(BlockChart.sparkline([0, 1, 2, 3, 4, 5, 6, 7], width: 8) == "▁▂▃▄▅▆▇█")
    #expect(BlockChart.sparkline([5, 5, 5], width: 8) == "▁▁▁")
    #expect(BlockChart.sparkline([], width: 8) == "")
    #expect(BlockChart.sparkline([.nan, 1, .infinity, 2], width: 8) == "▁█")
  }

  @Test("shows means where there are more numbers than characters")
  func means() {
    #expect(BlockChart.sparkline([0, 0, 7, 7, 3, 4], width: 3) == "▁█▅")
    #expect(BlockChart.sparkline(Array(repeating: 1, count: 1000) + [9], width: 0) == "")
  }

  @Test("has rows of one length, filled from below")
  func rows() {
    #expect(BlockChart.rows([0, 15], width: 5, height: 2) == [" █", "▁█"])
    #expect(BlockChart.rows([0, 7, 15], width: 5, height: 2) == ["  █", "▁██"])
  }
}
