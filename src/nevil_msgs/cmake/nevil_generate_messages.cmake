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


# Translate .messages files into .msg files of this package, for rosidl_generate_interfaces().
#
# nevil_generate_messages(<out> <file>...)
#
# <out>: variable that gets the interfaces, ready for rosidl_generate_interfaces()
# <file>: the .messages files of the project, each in a folder with its node's name
#
# The files are read when CMake configures, and CMake configures again when one of them changes.
# The table of fields and constraints is installed as share/${PROJECT_NAME}/nevil_messages.json.
function(nevil_generate_messages out)
  set(files "")
  foreach(file IN LISTS ARGN)
    get_filename_component(file "${file}" ABSOLUTE)
    list(APPEND files "${file}")
  endforeach()
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/nevil_messages")
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  file(GLOB before RELATIVE "${folder}" "${folder}/msg/*.msg")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E env "PYTHONPATH=${NEVIL_MSGGEN_PATH}:$ENV{PYTHONPATH}"
      "${Python3_EXECUTABLE}" -m nevil_msggen msgs
      --package "${PROJECT_NAME}" --output "${folder}" ${files}
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    RESULT_VARIABLE status OUTPUT_VARIABLE made ERROR_VARIABLE problems)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "the .messages files cannot be translated:\n${problems}")
  elseif(problems)
    message(WARNING "${problems}")
  endif()
  string(REGEX MATCHALL "msg/[^\n]+" made "${made}")
  list(REMOVE_ITEM before "" ${made})
  if(before)
    # rosidl's Python module would go on naming the types that are gone.
    file(REMOVE_RECURSE "${CMAKE_CURRENT_BINARY_DIR}/rosidl_generator_py")
  endif()
  list(TRANSFORM made PREPEND "${folder}:")
  set(${out} ${made} PARENT_SCOPE)
  install(FILES "${folder}/nevil_messages.json" DESTINATION "share/${PROJECT_NAME}")
  file(GLOB translator CONFIGURE_DEPENDS "${NEVIL_MSGGEN_PATH}/nevil_msggen/*.py")
  set_property(
    DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files} ${translator})
endfunction()
