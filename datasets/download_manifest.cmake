# What datasets/download.cmake fetches. For each set: the folder below DIR that it fills; the addresses that have it,
# tried in turn; its files, or the archive that holds the folder, each with the published md5.
set(DATASETS mnist fashion-mnist cifar10 cifar100)

set(mnist_FOLDER mnist)
set(mnist_MIRRORS
  https://ossci-datasets.s3.amazonaws.com/mnist/
  https://storage.googleapis.com/cvdf-datasets/mnist/)
set(mnist_FILES
  train-images-idx3-ubyte.gz f68b3c2dcbeaaa9fbdd348bbdeb94873
  train-labels-idx1-ubyte.gz d53e105ee54ea40749a09fcbcd1e9432
  t10k-images-idx3-ubyte.gz 9fb629c4189551a2d022fa330f9573f3
  t10k-labels-idx1-ubyte.gz ec29112dd5afa0611ce80d1b7f02629c)

set(fashion-mnist_FOLDER fashion-mnist)
set(fashion-mnist_MIRRORS
  http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/
  https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/)
set(fashion-mnist_FILES
  train-images-idx3-ubyte.gz 8d4fb7e6c68d591d4c3dfef9ec88bf0d
  train-labels-idx1-ubyte.gz 25c81989df183df01b3e8a0aad5dffbe
  t10k-images-idx3-ubyte.gz bef4ecab320f06d8554ea6380940ec79
  t10k-labels-idx1-ubyte.gz bb300cfdad3c16e7a12a480ee83cd310)

set(cifar10_FOLDER cifar-10-batches-bin)
set(cifar10_MIRRORS https://www.cs.toronto.edu/~kriz/)
set(cifar10_ARCHIVE cifar-10-binary.tar.gz c32a1d4ab5d03f1284b67883e8d87530)

set(cifar100_FOLDER cifar-100-binary)
set(cifar100_MIRRORS https://www.cs.toronto.edu/~kriz/)
set(cifar100_ARCHIVE cifar-100-binary.tar.gz 03b5dce01913d631647c71ecec9e9cb8)
