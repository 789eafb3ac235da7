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

"""Sum up the JUnit files below a folder: the counts alone in the last line, exit 1 on failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
import re
import sys
from xml.etree import ElementTree

NEEDS = re.compile(r'\bneeds_(\w+)')


def outcomes(file: Path) -> Iterable[str]:
    """Yield 'passed', 'failed' or 'skipped' for each test of a file, 'needs X' beside the last."""
    root = ElementTree.parse(file).getroot()
    for case in root.iter('testcase'):
        skipped = case.find('skipped')
        if case.find('failure') is not None or case.find('error') is not None:
            yield 'failed'
        elif skipped is not None or case.get('status') == 'notrun':
            yield 'skipped'
            reason = NEEDS.search(skipped.get('message', '')) if skipped is not None else None
            if reason:
                yield f'needs {reason[1]}'
        else:
            yield 'passed'


def main(folder: str) -> int:
    """
    Print the sums of a folder.

    ctest reports a pytest run as one test of its own, in ``Test.xml``: only pytest's file counts.

    :param folder: where the ``*.xml`` files are
    :returns: exit status, 1 on failures or when no test has run
    """
    counts: Counter[str] = Counter()
    for file in sorted(Path(folder).rglob('*.xml')):
        if file.name == 'pytest.xml' or file.parent.parent.name == 'test_results':
            try:
                counts.update(outcomes(file))
            except (ElementTree.ParseError, OSError) as error:
                print(f'{file}: cannot be read ({error}): counted as a failure')
                counts['failed'] += 1
    for reason in sorted(name for name in counts if name.startswith('needs ')):
        print(f'{counts[reason]} tests did not run: {reason.replace("needs", "they need")}')
    print(f'{counts["passed"]} passed, {counts["failed"]} failed, {counts["skipped"]} skipped')
    return 1 if counts['failed'] or not counts['passed'] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
