import Pictures
import Testing

@Suite("Pictures")
struct PictureTests {
  @Test("of numbers go from black to white, channels last")
  func scaling() {
    let picture = Picture(scaling: [-1, 0, 1, 3, 3, 3, 1, 1, 1, 1, -1, -1], width: 2, height: 2, channels: 3)
    #expect(picture.pixels == [0, 255, 128, 64, 255, 128, 128, 128, 0, 255, 128, 0])
    #expect(
      Picture(scaling: [0, 5, 12], width: 3, height: 1, channels: 1, range: 0...10).pixels == [0, 128, 255])
    #expect(Picture(scaling: [4, 4], width: 2, height: 1, channels: 1).pixels == [0, 0])
  }

  @Test("stand side by side in a grid with lines between")
  func grid() {
    let tiles = [10, 20, 30].map { Picture(width: 1, height: 1, channels: 1, pixels: [$0]) }
    let grid = Picture(grid: tiles)
    #expect((grid.width, grid.height) == (5, 5))
    let w = UInt8.max
    #expect(grid.pixels == [w, w, w, w, w, w, 10, w, 20, w, w, w, w, w, w, w, 30, w, w, w, w, w, w, w, w])
  }

  @Test("are enlarged pixel by pixel")
  func enlarged() {
    let picture = Picture(width: 2, height: 1, channels: 1, pixels: [1, 2]).enlarged(by: 2)
    #expect((picture.width, picture.height) == (4, 2))
    #expect(picture.pixels == [1, 1, 2, 2, 1, 1, 2, 2])
  }
}
