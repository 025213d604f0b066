#!/usr/bin/env python3
"""Reads the event files that write_events has written as TensorBoard would: by the protobuf package's own parser, with
checksums of its own.

    tests/core/run/read_events.py build/release/tests/write_events

Ends with 1 where something is not what was written, with 77 (skipped) where the package is missing.
"""
import math
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time

try:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ImportError:
    print('left out: Python has no package protobuf (Debian: python3-protobuf)')
    sys.exit(77)

TYPES = descriptor_pb2.FieldDescriptorProto
# tensorflow/core/util/event.proto and framework/summary.proto, as far as scalars need them.
MESSAGES = {
    'Value': [('tag', 1, TYPES.TYPE_STRING), ('simple_value', 2, TYPES.TYPE_FLOAT)],
    'Summary': [('value', 1, 'Value')],
    'SessionLog': [('status', 1, TYPES.TYPE_INT32)],
    'Event': [('wall_time', 1, TYPES.TYPE_DOUBLE), ('step', 2, TYPES.TYPE_INT64), ('file_version', 3, TYPES.TYPE_STRING),
              ('summary', 5, 'Summary'), ('session_log', 7, 'SessionLog')],
}


def event_class():
    file = descriptor_pb2.FileDescriptorProto(name='event.proto', package='test', syntax='proto3')
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            label = TYPES.LABEL_REPEATED if field == 'value' else TYPES.LABEL_OPTIONAL
            known = {'type': TYPES.TYPE_MESSAGE, 'type_name': f'.test.{kind}'} if isinstance(kind, str) else {'type': kind}
            message.field.add(name=field, number=number, label=label, **known)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    descriptor = pool.FindMessageTypeByName('test.Event')
    if hasattr(message_factory, 'GetMessageClass'):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)  # before protobuf 4.22


def crc32c(data):
    """Bit by bit, with the polynomial in its usual order: no line of the writer's."""
    def reflected(value, bits):
        return int(f'{value:0{bits}b}'[::-1], 2)
    crc = 0xffffffff
    for byte in data:
        crc ^= reflected(byte, 8) << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x1edc6f41 if crc & 0x80000000 else 0)) & 0xffffffff
    return reflected(crc, 32) ^ 0xffffffff


def check(condition, what):
    if not condition:
        sys.exit(f'wrong: {what}')


def records(data):
    while data:
        check(len(data) >= 16, 'a record is cut')
        head, (stored,) = data[:8], struct.unpack('<I', data[8:12])
        size, = struct.unpack('<Q', head)
        body, (stored_of_body,) = data[12:12 + size], struct.unpack('<I', data[12 + size:16 + size])
        for of, crc in ((head, stored), (body, stored_of_body)):
            unmasked = crc - 0xa282ead8 & 0xffffffff
            check(crc32c(of) == (unmasked >> 17 | unmasked << 15) & 0xffffffff, 'a checksum')
        yield body
        data = data[16 + size:]


def as_float(number):
    return struct.unpack('<f', struct.pack('<f', number))[0]


def scalars(events):
    return [(event.step, [(value.tag, value.simple_value) for value in event.summary.value]) for event in events]


def main(program):
    check(crc32c(b'123456789') == 0xe3069283, 'the test itself')
    event = event_class()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, folder], check=True)
        paths = sorted(pathlib.Path(folder).iterdir(), key=lambda path: (len(path.name), path.name))
        check(len(paths) == 2 and all(re.fullmatch(r'events\.out\.tfevents\.\d{10}\..+', path.name) for path in paths),
              f'the names {paths}')
        first, second = ([event.FromString(record) for record in records(path.read_bytes())] for path in paths)
    times = [e.wall_time for e in first + second]
    check(all(abs(at - time.time()) < 86400 for at in times), 'the times are not of today')
    for events, step in ((first, 0), (second, 151)):
        head, start = events.pop(0), events.pop(0)
        check(head.file_version == 'brain.Event:2' and not head.HasField('summary'), f'the head {head}')
        check(start.step == step and start.session_log.status == 1, f'where the run starts or goes on: {start}')
    check(scalars(first) == [(step, [('loss/train', as_float(1 / step)), ('loss/test', as_float(-step / 3))])
                             for step in range(1, 201)], 'the scalars')
    (step, values), last = scalars(second)
    check(step == 151 and math.isnan(values[0][1]) and values[1:] == [
        ('infinite', -math.inf), ('rounded to float', as_float(0.1)),
        (f'Verlust ä, a name of more than 127 bytes: {"." * 100}', 1.0), ('no UTF-8: \\xff', 0.0)], f'the corners {values}')
    check(last == (2 ** 53, []), f'the last step {last}')


if __name__ == '__main__':
    main(sys.argv[1])
