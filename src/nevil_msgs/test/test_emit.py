# Copyright 2026 Nevil contributors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.


"""What is generated: `.msg` texts, the table, the package; the golden files hold the bytes."""

from __future__ import annotations

import json
from pathlib import Path

from nevil_msggen.__main__ import main
from nevil_msggen.emit import emit_message
from nevil_msggen.package import digest
from nevil_msggen.package import message_files
from nevil_msggen.package import package_files
from nevil_msggen.package import table_text
from nevil_msggen.package import write_files
import pytest
from reading import GOLDEN
from reading import merge
from reading import MESSAGES
from reading import publisher

ODD = (GOLDEN / 'odd.messages').read_text(encoding='utf-8')


def test_odd_but_valid_declarations_make_the_golden_messages() -> None:
    """Each line of these files was compiled once, and its values read back in Python."""
    table, problems = merge(talker=ODD)
    assert problems == []
    assert list(table.types) == ['Odd', 'OddPoints', 'OddPose', 'OddPoseInner']
    for name, message_type in table.types.items():
        expected = GOLDEN / f'{name}.msg'
        assert emit_message(message_type) == expected.read_text(encoding='utf-8')


def test_the_table_says_what_a_msg_cannot() -> None:
    """Nodes check and convert with it; every key is there in every row."""
    table, _ = merge(talker=ODD)
    content = json.loads(table_text(table, 'x_msgs'))
    expected = GOLDEN / 'table.json'
    assert content['types'] == json.loads(expected.read_text(encoding='utf-8'))
    assert (content['version'], content['package']) == (1, 'x_msgs')
    assert content['digest'] == digest(table, 'x_msgs')


def test_rosidl_reads_every_message_as_it_is_meant() -> None:
    """Defaults and constants survive the escapes."""
    parser = pytest.importorskip('rosidl_adapter.parser')
    table, _ = merge(talker=ODD)
    text = emit_message(table.types['Odd'])
    spec = parser.parse_message_string('x_msgs', 'Odd', text)
    values = {field.name: field.default_value for field in spec.fields}
    assert values['text'].encode().decode('unicode_escape').encode('latin1').decode() == \
        'a "b" # = äÅ…😀 \'q\''
    assert values['level'] == -1
    assert values['names'] == ['a', 'b c']
    assert values['lines'] is None
    assert len({constant.name for constant in spec.constants}) == len(spec.constants) == 16


def test_constants_of_two_fields_never_get_one_name() -> None:
    """`a: b_c` and `a_b: c` are both A_B_C."""
    table, _ = merge(talker=publisher(
        '{a: {type: str, allowed: [b_c]}, a_b: {type: str, allowed: [c]}}'))
    text = emit_message(table.types['Voice'])
    assert 'string A_B_C="b_c"' in text
    assert 'string A_B_C_2="c"' in text


@pytest.mark.parametrize('change', ['{x: int}', '{x: {type: str, required: true}}',
                                    '{x: {type: str, description: Word}}'])
def test_the_digest_tells_what_was_changed(change: str) -> None:
    """A change of a field, a rule or a comment makes another package."""
    before, _ = merge(talker=publisher('{x: str}'))
    after, _ = merge(talker=publisher(change))
    assert digest(before, 'p_msgs') != digest(after, 'p_msgs')


def test_the_digest_ignores_what_no_message_holds() -> None:
    """A changed configuration, callback or comment in the file compiles nothing."""
    before, _ = merge(talker=publisher('{x: str}'))
    after, _ = merge(talker='# new\nconfiguration: {y: 1}\n' + publisher('{"x": {type: string}}'))
    assert digest(before, 'p_msgs') == digest(after, 'p_msgs')


def test_files_are_written_only_when_they_change(tmp_path: Path) -> None:
    """A build compiles what is newer; a message that is gone leaves no file."""
    table, _ = merge(talker=publisher('{x: str}') + publisher(
        '{x: str}', 'other', 'Other').partition('\n')[2])
    files = package_files(table, 'p_msgs')
    assert sorted(write_files(files, tmp_path)) == sorted(files)
    stamp = (tmp_path / 'msg/Voice.msg').stat().st_mtime_ns
    assert write_files(files, tmp_path) == []
    table, _ = merge(talker=publisher('{x: str}'))
    assert sorted(write_files(package_files(table, 'p_msgs'), tmp_path)) == [
        'CMakeLists.txt', 'msg/Other.msg', 'nevil_messages.json']
    assert (tmp_path / 'msg/Voice.msg').stat().st_mtime_ns == stamp
    assert [path.name for path in (tmp_path / 'msg').iterdir()] == ['Voice.msg']


def test_the_command_writes_what_cmake_asks_for(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints the files it made; the reference robot's are those of the library."""
    sources = sorted(MESSAGES.glob('*/.messages'))
    assert main(['msgs', '--package', 'nevil_msgs', '--output', str(tmp_path),
                 *map(str, sources)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ''
    assert printed.out.splitlines() == [
        'msg/ListeningStatus.msg', 'msg/SpeakingStatus.msg', 'msg/SystemMode.msg',
        'msg/TextResponse.msg', 'msg/VoiceCommand.msg', 'nevil_messages.json']
    assert main(['package', '--package', 'nevil_msgs', '--output', str(tmp_path / 'p'),
                 *map(str, sources)]) == 0
    for path in (tmp_path / 'msg').iterdir():
        assert path.read_bytes() == (tmp_path / 'p/msg' / path.name).read_bytes()


def test_the_command_refuses_broken_files_and_writes_nothing(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A build shows what it prints."""
    folder = tmp_path / 'talker'
    folder.mkdir()
    (folder / '.messages').write_text('publishes: [{topic: t, message_type: t}]\n')
    assert main(['msgs', '--package', 'x_msgs', '--output', str(tmp_path / 'out'),
                 str(folder / '.messages')]) == 1
    assert "'t' is not CamelCase" in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def test_messages_are_named_for_their_types() -> None:
    """What generates takes the type's name from the file's."""
    table, _ = merge(talker=publisher('{x: str}'))
    assert list(message_files(table)) == ['msg/Voice.msg']
