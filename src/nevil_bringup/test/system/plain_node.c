// Copyright 2026 Nevil contributors
//
// Licensed under the Apache License, Version 2.0 (the "License");
// you may not use this file except in compliance with the License.
// You may obtain a copy of the License at
//
//     http://www.apache.org/licenses/LICENSE-2.0
//
// Unless required by applicable law or agreed to in writing, software
// distributed under the License is distributed on an "AS IS" BASIS,
// WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
// See the License for the specific language governing permissions and
// limitations under the License.

// A node in C on rcl that knows nothing of Nevil. It publishes ~/ticks 20 times a second and
// answers ~/get_parameters and ~/list_parameters from the same loop. SIGUSR1: the loop waits for
// ever, as in a deadlock. SIGUSR2: it publishes no more, and goes on answering.

#include <pthread.h>
#include <rcl/error_handling.h>
#include <rcl/rcl.h>
#include <rcl_interfaces/srv/get_parameters.h>
#include <rcl_interfaces/srv/list_parameters.h>
#include <signal.h>
#include <std_msgs/msg/u_int32.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// Libraries of the embedded ROS 2 are linked with Python code that nobody calls here.
void * PyExc_RuntimeError, * _Py_TrueStruct;

static volatile sig_atomic_t hangs = 0, stalls = 0, ends = 0;

static void hear(int number)
{
  if (number == SIGUSR1) {
    hangs = 1;
  } else if (number == SIGUSR2) {
    stalls = 1;
  } else {
    ends = 1;
  }
}

static void must(rcl_ret_t result, const char * what)
{
  if (result != RCL_RET_OK) {
    fprintf(stderr, "%s: %s\n", what, rcl_get_error_string().str);
    exit(1);
  }
}

static void deadlock(void)
{
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  pthread_mutex_lock(&lock);
}

int main(int argc, char ** argv)
{
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGUSR1, hear);
  signal(SIGUSR2, hear);
  rcl_allocator_t allocator = rcl_get_default_allocator();
  rcl_init_options_t init = rcl_get_zero_initialized_init_options();
  must(rcl_init_options_init(&init, allocator), "options");
  rcl_context_t context = rcl_get_zero_initialized_context();
  must(rcl_init(argc, (const char * const *)argv, &init, &context), "init");
  signal(SIGINT, hear);
  signal(SIGTERM, hear);

  rcl_node_t node = rcl_get_zero_initialized_node();
  rcl_node_options_t node_options = rcl_node_get_default_options();
  must(rcl_node_init(&node, "plain", "", &context, &node_options), "node");

  rcl_publisher_t publisher = rcl_get_zero_initialized_publisher();
  rcl_publisher_options_t publisher_options = rcl_publisher_get_default_options();
  must(rcl_publisher_init(
      &publisher, &node, ROSIDL_GET_MSG_TYPE_SUPPORT(std_msgs, msg, UInt32), "~/ticks",
      &publisher_options), "publisher");

  rcl_service_options_t service_options = rcl_service_get_default_options();
  rcl_service_t get = rcl_get_zero_initialized_service();
  rcl_service_t list = rcl_get_zero_initialized_service();
  bool offers = getenv("PLAIN_WITHOUT_PARAMETERS") == NULL;
  if (offers) {
    must(rcl_service_init(
        &get, &node, ROSIDL_GET_SRV_TYPE_SUPPORT(rcl_interfaces, srv, GetParameters),
        "~/get_parameters", &service_options), "get_parameters");
    must(rcl_service_init(
        &list, &node, ROSIDL_GET_SRV_TYPE_SUPPORT(rcl_interfaces, srv, ListParameters),
        "~/list_parameters", &service_options), "list_parameters");
  }

  rcl_interfaces__srv__GetParameters_Request get_request;
  rcl_interfaces__srv__GetParameters_Response get_response;
  rcl_interfaces__srv__ListParameters_Request list_request;
  rcl_interfaces__srv__ListParameters_Response list_response;
  rcl_interfaces__srv__GetParameters_Request__init(&get_request);
  rcl_interfaces__srv__GetParameters_Response__init(&get_response);
  rcl_interfaces__srv__ListParameters_Request__init(&list_request);
  rcl_interfaces__srv__ListParameters_Response__init(&list_response);
  std_msgs__msg__UInt32 tick = {0};
  printf("plain node is up\n");

  while (!ends) {
    rmw_request_id_t header;
    if (offers && rcl_take_request(&get, &header, &get_request) == RCL_RET_OK) {
      must(rcl_send_response(&get, &header, &get_response), "answer");
    }
    if (offers && rcl_take_request(&list, &header, &list_request) == RCL_RET_OK) {
      must(rcl_send_response(&list, &header, &list_response), "answer");
    }
    rcl_reset_error();
    if (!stalls) {
      tick.data++;
      must(rcl_publish(&publisher, &tick, NULL), "publish");
    }
    if (hangs) {
      deadlock();
    }
    usleep(50000);
  }
  return 0;
}
