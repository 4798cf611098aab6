/// Every operation, on round and on prime shapes.
package enum OpTable {
  package static let rows: [OpRow] =
    pointwise + rounding + fusion + reduction + matmul + convolution + pooling + movement + random + loss
    + update + storageTypes + composite + attention + scans
}
