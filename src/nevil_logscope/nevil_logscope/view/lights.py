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

"""The light of a node: its colour and its shape, and which one its log entries give."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.view.theme import Theme

__all__ = ['LIGHTS', 'light_from_logs', 'paint_light']

# As nevil_msgs/NodeHealth names its levels; the position is that of the theme's colour.
LIGHTS = ('healthy', 'degraded', 'unhealthy', 'unknown')
_RECENT_S = 60.0
_SILENT_S = 10.0


def light_from_logs(now_s: float, entry_s: float, warning_s: float, error_s: float) -> str:
    """
    Return the light for a node of which nothing but log entries is known.

    :param now_s: wall clock; the others are of the newest entry, warning and error, 0 for none
    """
    if now_s - error_s < _RECENT_S:
        return 'unhealthy'
    if now_s - warning_s < _RECENT_S:
        return 'degraded'
    return 'healthy' if now_s - entry_s < _SILENT_S else 'unknown'


def paint_light(painter: Any, rect: Any, light: str, theme: Theme) -> None:
    """Paint a light: disc healthy, triangle degraded, square unhealthy, ring unknown."""
    index = LIGHTS.index(light) if light in LIGHTS else 3
    colour = QtGui.QColor(theme.lights[index])
    size = min(rect.width(), rect.height(), 12)
    box = QtCore.QRectF(0, 0, size, size)
    box.moveCenter(QtCore.QRectF(rect).center())
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    if index == 3:
        painter.setPen(QtGui.QPen(colour, 2))
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
    else:
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        if index == 0:
            painter.drawEllipse(box)
        elif index == 1:
            painter.drawPolygon(QtGui.QPolygonF([
                QtCore.QPointF(box.center().x(), box.top()), box.bottomRight(),
                box.bottomLeft()]))
        else:
            painter.drawRect(box.adjusted(1, 1, -1, -1))
    painter.restore()
