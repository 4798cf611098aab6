// The files that are carried inside the program: a cut of Fashion-MNIST, a photograph, and their licences.

#ifndef LEMNOS_BUNDLED_DATA_H
#define LEMNOS_BUNDLED_DATA_H

#include <stddef.h>

/// A file's bytes, for as long as the program runs.
typedef struct {
  const unsigned char *_Nonnull start;
  size_t count;
} BundledFile;

/// 6,000 training images, 600 of each class: gzipped IDX.
BundledFile bundledTrainingImages(void);
/// The labels of the training images: gzipped IDX.
BundledFile bundledTrainingLabels(void);
/// 1,000 test images, 100 of each class: gzipped IDX.
BundledFile bundledTestImages(void);
/// The labels of the test images: gzipped IDX.
BundledFile bundledTestLabels(void);
/// A cat, 200×200 in colour: PNG.
BundledFile bundledPhotograph(void);
/// Who made the images, and the licences that they come under: UTF-8.
BundledFile bundledLicense(void);

#endif
