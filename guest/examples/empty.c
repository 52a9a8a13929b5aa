/* empty.c — a guest that does nothing: what a run costs at least. */
int main(void) { return 0; }
