// The files embedded in the program: a subset of Fashion-MNIST, a photograph, a text, and their licences.

#ifndef LEMNOS_BUNDLED_DATA_H
#define LEMNOS_BUNDLED_DATA_H

#include <stddef.h>

/// A file's bytes, valid for the lifetime of the program.
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
/// Newton's Opticks, fourth edition of 1730: gzipped UTF-8.
BundledFile bundledText(void);
/// The authors of the images and their licences: UTF-8.
BundledFile bundledLicense(void);

#endif
