# What datasets/download.cmake fetches. For each set: the folder below DIR that it fills; the addresses that have it,
# tried in turn; its files with the sha256 of each; and where they come in an archive, that and its sha256.
set(DATASETS mnist fashion-mnist cifar10 cifar100)

set(mnist_FOLDER mnist)
set(mnist_MIRRORS
  https://ossci-datasets.s3.amazonaws.com/mnist/
  https://storage.googleapis.com/cvdf-datasets/mnist/)
set(mnist_FILES
  train-images-idx3-ubyte.gz 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609
  train-labels-idx1-ubyte.gz 3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c
  t10k-images-idx3-ubyte.gz 8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6
  t10k-labels-idx1-ubyte.gz f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6)

set(fashion-mnist_FOLDER fashion-mnist)
set(fashion-mnist_MIRRORS https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/)
set(fashion-mnist_FILES
  train-images-idx3-ubyte.gz 3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84
  train-labels-idx1-ubyte.gz a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845
  t10k-images-idx3-ubyte.gz 346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073
  t10k-labels-idx1-ubyte.gz 67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5)

set(cifar10_FOLDER cifar-10-batches-bin)
set(cifar10_MIRRORS https://www.cs.toronto.edu/~kriz/)
set(cifar10_ARCHIVE
  cifar-10-binary.tar.gz c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd)
set(cifar10_FILES
  data_batch_1.bin cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5
  data_batch_2.bin a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed
  data_batch_3.bin bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67
  data_batch_4.bin 014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48
  data_batch_5.bin 755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add
  test_batch.bin 8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b)

set(cifar100_FOLDER cifar-100-binary)
set(cifar100_MIRRORS https://www.cs.toronto.edu/~kriz/)
set(cifar100_ARCHIVE
  cifar-100-binary.tar.gz 58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec)
set(cifar100_FILES
  train.bin f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29
  test.bin d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a)
